// Models from outside: ONNX models damaged in their bytes or in what they say, tensors of ONNX, and StableHLO programs.
import { expect } from "vitest";
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import { bytesAsSource } from "../../../src/import/byte-source.ts";
import { importOnnx, readModel } from "../../../src/import/import-onnx.ts";
import { importStablehloProgram } from "../../../src/import/import-stablehlo.ts";
import { noExternal, readTensorFile } from "../../../src/import/onnx/read-tensor.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { readProgram } from "../../unit/import/stablehlo/support.ts";
import { type ModelDraft, model, node, tensor, tensorBytes, valueInfo } from "../../unit/import/write-proto.ts";
import { damageBytes, damageText } from "./damage.ts";
import { refusal } from "./results.ts";

const weights = (count: number, scale: number) => Array.from({ length: count }, (_, index) => scale * Math.sin(index));

/** A layer of a transformer, small, with its attention written in primitives, and what exporters leave of shapes. */
const layer: ModelDraft = {
  opset: 18,
  inputs: [valueInfo("x", "FLOAT", [2, 4, 8]), valueInfo("mask", "BOOL", [2, 1, 1, 4])],
  outputs: ["y", "shape"],
  weights: [
    tensor("wqkv", "FLOAT", [8, 24], weights(192, 0.1)),
    tensor("scale", "FLOAT", [8], weights(8, 1)),
    tensor("bias", "FLOAT", [8], weights(8, 0.5)),
    tensor("heads", "INT64", [4], [0, 0, 2, 4]),
    tensor("merged", "INT64", [3], [0, 0, -1]),
    tensor("low", "FLOAT", [], [-1e9]),
    tensor("root", "FLOAT", [], [2]),
  ],
  nodes: [
    node("LayerNormalization", ["x", "scale", "bias"], ["normed"], { axis: -1, epsilon: 1.5e-5 }),
    node("MatMul", ["normed", "wqkv"], ["qkv"]),
    node("Split", ["qkv"], ["q0", "k0", "v0"], { axis: 2, num_outputs: 3 }),
    node("Reshape", ["q0", "heads"], ["q1"]),
    node("Reshape", ["k0", "heads"], ["k1"]),
    node("Reshape", ["v0", "heads"], ["v1"]),
    node("Transpose", ["q1"], ["q"], { perm: [0, 2, 1, 3] }),
    node("Transpose", ["k1"], ["k"], { perm: [0, 2, 3, 1] }),
    node("Transpose", ["v1"], ["v"], { perm: [0, 2, 1, 3] }),
    node("MatMul", ["q", "k"], ["raw"]),
    node("Div", ["raw", "root"], ["scaled"]),
    node("Where", ["mask", "scaled", "low"], ["masked"]),
    node("Softmax", ["masked"], ["p"], { axis: -1 }),
    node("MatMul", ["p", "v"], ["mixed"]),
    node("Transpose", ["mixed"], ["back"], { perm: [0, 2, 1, 3] }),
    node("Reshape", ["back", "merged"], ["flat"]),
    node("Add", ["flat", "x"], ["y"]),
    node("Shape", ["y"], ["shape"]),
  ],
};

/** Operands that decide on sizes: a wrong one must not fill the memory. */
const sizes: ModelDraft = {
  opset: 18,
  inputs: [valueInfo("x", "FLOAT", [2, 3])],
  outputs: ["a", "b", "d", "floats"],
  weights: [
    tensor("shape", "INT64", [2], [4, 3]),
    tensor("repeats", "INT64", [2], [2, 2]),
    tensor("wide", "INT64", [3], [2, 2, 3]),
    tensor("start", "INT64", [], [0]),
    tensor("limit", "INT64", [], [6]),
    tensor("delta", "INT64", [], [1]),
    tensor("indices", "INT64", [2], [1, 0]),
  ],
  nodes: [
    node("ConstantOfShape", ["shape"], ["zeros"]),
    node("Tile", ["x", "repeats"], ["tiled"]),
    node("Add", ["tiled", "tiled"], ["a"]),
    node("Expand", ["x", "wide"], ["b"]),
    node("Range", ["start", "limit", "delta"], ["range"]),
    node("Cast", ["range"], ["floats"], { to: 1 }),
    node("Gather", ["x", "indices"], ["c"], { axis: 0 }),
    node("Concat", ["zeros", "c"], ["d"], { axis: 0 }),
  ],
};

/** Attributes, axes and known values that say how many parts, iterations, places or factors a node has. */
const counts: ModelDraft = {
  opset: 18,
  inputs: [valueInfo("x", "FLOAT", [4, 6]), valueInfo("signal", "FLOAT", [1, 8, 1])],
  outputs: ["a1", "b", "c", "d", "h", "window", "mel", "bands", "frames", "image"],
  weights: [
    tensor("one", "INT64", [1], [1]),
    tensor("two", "INT64", [1], [-2]),
    tensor("places", "INT64", [1], [3]),
    tensor("larger", "INT64", [4], [1, 1, 7, 5]),
    tensor("cut", "INT64", [4], [-1, 0, 0, -1]),
    tensor("step", "INT64", [], [2]),
    tensor("length", "INT64", [], [4]),
    tensor("rate", "INT64", [], [64]),
    tensor("low", "FLOAT", [], [1]),
    tensor("high", "FLOAT", [], [30]),
    tensor("flat", "INT64", [4], [1, 1, 4, 6]),
    tensor("series", "INT64", [3], [4, 1, 6]),
    tensor("w", "FLOAT", [1, 3, 6], weights(18, 1)),
    tensor("r", "FLOAT", [1, 3, 3], weights(9, 1)),
    tensor("columns", "INT64", [3], [1, 4, 6]),
    tensor("size", "INT64", [2], [3, 4]),
    tensor("block", "INT64", [2], [2, 2]),
  ],
  nodes: [
    node("Split", ["x"], ["a0", "a1"], { axis: 1, num_outputs: 2 }),
    node("Slice", ["x", "one", "places", "two", "one"], ["b"]),
    node("Pad", ["x", "cut"], ["c"]),
    node("Reshape", ["x", "flat"], ["x4"]),
    node("Resize", ["x4", "", "", "larger"], ["d"], { mode: "linear", antialias: 1 }),
    node("Reshape", ["x", "series"], ["steps"]),
    node("RNN", ["steps", "w", "r"], ["", "h"], { hidden_size: 3 }),
    node("HannWindow", ["length"], ["window"]),
    node("MelWeightMatrix", ["step", "length", "rate", "low", "high"], ["mel"]),
    node("DFT", ["signal", "length"], ["bands"], { axis: 1 }),
    node("STFT", ["signal", "step", "", "length"], ["frames"]),
    node("Reshape", ["x", "columns"], ["blocks"]),
    node("Col2Im", ["blocks", "size", "block"], ["image"]),
  ],
};

const drafts: readonly ModelDraft[] = [layer, sizes, counts];

export const validModels = (): readonly Uint8Array[] => drafts.map(model);

export function makeModel(random: Random): Uint8Array {
  const draft = random.pick(drafts);
  if (random.oneIn(3)) return damageBytes(random, model(draft));
  let damaged = draft;
  for (let count = 1 + random.below(3); count > 0; count--) damaged = change(random, damaged) as ModelDraft;
  return model(damaged);
}

const oddIntegers = [
  -1,
  0,
  1,
  2,
  7,
  255,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 40,
  2 ** 53 - 1,
  -(2 ** 31),
  -(2 ** 53) + 1,
];
const oddTexts = ["", "x", "y", "wqkv", "shape", "MatMul", "Reshape", "Loop", "If", "Einsum", "auto_pad", "a\u0000b"];

/** A model whose counts are in attributes, axes and known values, once for each of these, which is `count` instead; of long lists, once. */
export function modelsWithCount(count: number): readonly Uint8Array[] {
  const withCount = (value: unknown): readonly unknown[] => {
    if (typeof value === "number") return [count];
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
    if (Array.isArray(value)) {
      const parts = value.length > 4 && typeof value[0] === "number" ? value.slice(0, 1) : value;
      return parts.flatMap((part, at) => withCount(part).map((other) => value.with(at, other)));
    }
    return Object.entries(value).flatMap(([key, part]) => withCount(part).map((other) => ({ ...value, [key]: other })));
  };
  return withCount(counts).map((draft) => model(draft as ModelDraft));
}

/** The same with one thing in it changed: a number, a text, or how often a part is there. */
function change(random: Random, value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? random.pick(oddIntegers) : random.pick([0, -1, 1e30]);
  if (typeof value === "string") return random.pick(oddTexts);
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return changeList(random, value);
  const entries = Object.entries(value);
  const [key, inner] = random.pick(entries.length > 0 ? entries : [["name", ""]]);
  return { ...value, [key as string]: key === "opset" ? random.below(30) : change(random, inner) };
}

function changeList(random: Random, list: readonly unknown[]): readonly unknown[] {
  const at = random.below(list.length + 1);
  const part = list[at];
  if (part === undefined) return list;
  if (random.oneIn(8)) return list.toSpliced(at, 1);
  if (random.oneIn(8)) return [...list, part];
  return list.with(at, change(random, part));
}

/** Imports a model; what becomes a program reads back. */
export function useModel(bytes: Uint8Array): string {
  const read = readModel("m.onnx", bytesAsSource(bytes));
  if (!read.ok) return refusal(read.error);
  const options = { dims: new Map<string, number>(), constants: new Map(), shapes: new Map(), external: noExternal };
  const imported = importOnnx(read.value, "m.onnx", options);
  if (!imported.ok) return refusal(imported.error);
  expect(parseGraphs({ name: "m.tg", text: imported.value.text }).ok, imported.value.text).toBe(true);
  return "taken";
}

export const validPb = (): readonly Uint8Array[] => [
  tensorBytes("FLOAT", [2, 3], weights(6, 1)),
  tensorBytes("INT64", [], [5]),
  tensorBytes("FLOAT16", [2], [0x3c00, 0xc000]),
  tensorBytes("INT4", [3], [0x2f, 0x08]),
];

export function usePb(bytes: Uint8Array): string {
  const read = readTensorFile(bytesAsSource(bytes), noExternal);
  if (!read.ok) return read.error;
  expect(read.value.data().length).toBeLessThanOrEqual(8 * bytes.length);
  return "taken";
}

export const validStablehlo = (): readonly string[] =>
  ["mlp", "layer-norm", "attention"].map((name) => readProgram(`${name}.mlir`));

export function makeStablehlo(random: Random, valid: readonly string[]): string {
  const text = random.pick(valid);
  if (random.oneIn(6)) return text.slice(0, random.below(text.length));
  return damageText(random, text);
}

export function useStablehlo(text: string): string {
  const imported = importStablehloProgram({ name: "m.mlir", text }, "m.mlir");
  if (!imported.ok) return refusal(imported.error);
  expect(parseGraphs({ name: "m.tg", text: imported.value.text }).ok, imported.value.text).toBe(true);
  return "taken";
}
