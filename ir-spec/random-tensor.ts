// Makes reproducible random tensors for the parameters of a graph: the same bits on every machine, so only integer
// arithmetic and correctly rounded f64 operations are used (no Math.sin or Math.log, which differ between engines).

import { isFloat, roundAllTo } from "./base/dtype.ts";
import type { ValueId } from "./base/ids.ts";
import { makeRandomWords } from "./base/random-words.ts";
import { elementCount, makeTensor, type Tensor, type TensorType } from "./base/tensor.ts";
import { type Graph, type Node, type NodeOf, type Param, readersOf, typeOf } from "./graph.ts";
import { isKind, opDef } from "./ops/index.ts";

/**
 * How a tensor is filled:
 * - normal: bell-shaped around `mean` with standard deviation `deviation`; no value is further off than 3.5 deviations
 * - positive: like normal, folded to values of at least 0.5
 * - integer: uniform from `least` to `most`
 * - flags: bools, three of four true, and the first of each row always
 */
export type Fill =
  | { readonly kind: "normal"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "positive" }
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "flags" };

const standardNormal: Fill = { kind: "normal", mean: 0, deviation: 1 };

/** Where a value is read, directly or through ops that only move or convert it. */
interface Use {
  readonly node: Node;
  readonly operand: number;
}

/** Seed of one tensor's stream. Source: the FNV-1a hash, 32 bits, over the seed and the name. */
function hashName(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed}:${name}`) hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193);
  return hash;
}

/**
 * One draw with mean 0 and standard deviation 1: the sum of four uniform 16-bit integers (Irwin-Hall distribution),
 * centred, and scaled by sqrt(3) as four uniforms on [0, 1) have variance 1/3.
 */
function drawNormal(words: () => number): number {
  const first = words();
  const second = words();
  const sum = (first >>> 16) + (first & 0xffff) + (second >>> 16) + (second & 0xffff);
  return ((sum - 2 * 0xffff) / 0x10000) * Math.sqrt(3);
}

/** Fills `data`, in order. */
function drawAll(data: Float64Array, fill: Fill, words: () => number, rowLength: number): void {
  switch (fill.kind) {
    case "normal": {
      const { mean, deviation } = fill;
      for (let index = 0; index < data.length; index++) data[index] = mean + deviation * drawNormal(words);
      return;
    }
    case "positive":
      for (let index = 0; index < data.length; index++) data[index] = 0.5 + Math.abs(drawNormal(words));
      return;
    case "integer":
      for (let index = 0; index < data.length; index++) data[index] = fill.min + (words() % (fill.max - fill.min + 1));
      return;
    case "flags":
      for (let index = 0; index < data.length; index++) {
        data[index] = words() % 4 > 0 || index % rowLength === 0 ? 1 : 0;
      }
      return;
    default:
      fill satisfies never;
  }
}

/** The fill of a tensor that nothing is known about. */
export function defaultFill(type: TensorType): Fill {
  if (type.dtype === "u8") return { kind: "integer", min: 0, max: 200 };
  if (type.dtype === "i32" || type.dtype === "i8") return { kind: "integer", min: -100, max: 100 };
  return type.dtype === "bool" ? { kind: "flags" } : standardNormal;
}

/** Makes a tensor that depends on the type, the seed, the name and the fill alone; values are rounded to the dtype. */
export function makeRandomTensor(type: TensorType, seed: number, name: string, fill: Fill = defaultFill(type)): Tensor {
  const words = makeRandomWords(hashName(seed, name));
  const tensor = makeTensor(type);
  const rowLength = type.shape.at(-1) ?? 1;
  drawAll(tensor.data, fill, words, rowLength);
  roundAllTo(type.dtype, tensor.data);
  return tensor;
}

/** Makes one tensor for each parameter, filled as its use asks for (see `paramFill`), by name. */
export function makeRandomInputs(graph: Graph, seed: number): ReadonlyMap<string, Tensor> {
  return new Map(
    graph.params.map((param) => {
      const type = typeOf(graph, param.value);
      return [param.name, makeRandomTensor(type, seed, param.name, paramFill(graph, param))];
    }),
  );
}

/** For each parameter that is the indices of an op: the number of places, below which its values must lie. */
export function inputBounds(graph: Graph): ReadonlyMap<string, number> {
  const bounds = new Map<string, number>();
  for (const param of graph.params) {
    const sizes = usesOf(graph, param.value).flatMap(({ node, operand }) => {
      const { indexBound } = opDef(node.op);
      if (indexBound === undefined || operand !== 1) return [];
      const types = node.operands.map((each) => typeOf(graph, each));
      return [indexBound(types, node.attrs)];
    });
    if (sizes.length > 0) bounds.set(param.name, Math.min(...sizes));
  }
  return bounds;
}

/**
 * The fill that keeps a deep program's values in range: matrices have deviation 1 / sqrt(contracted size), scales of
 * normalizations lie around 1, other vectors of weights are small, operands of roots and logarithms and divisors are
 * positive, indices lie within what they index, and everything else is standard normal.
 */
export function paramFill(graph: Graph, param: Param): Fill {
  const type = typeOf(graph, param.value);
  const bound = inputBounds(graph).get(param.name);
  if (bound !== undefined) return { kind: "integer", min: 0, max: bound - 1 };
  if (!isFloat(type.dtype)) return defaultFill(type);
  const uses = usesOf(graph, param.value);
  if (uses.some(needsPositive)) return { kind: "positive" };
  return param.kind === "weight" ? weightFill(graph, uses) : standardNormal;
}

function weightFill(graph: Graph, uses: readonly Use[]): Fill {
  const contracted = uses.flatMap((use) => termsOf(graph, use) ?? []);
  if (contracted.length > 0) return { kind: "normal", mean: 0, deviation: 1 / Math.sqrt(Math.max(...contracted)) };
  if (uses.some(isScale)) return { kind: "normal", mean: 1, deviation: 0.1 };
  if (uses.some(({ node, operand }) => node.op === "gather" && operand === 0)) return standardNormal;
  return { kind: "normal", mean: 0, deviation: 0.1 };
}

/** How many products of its weights an op adds up; undefined where it adds none. */
function termsOf(graph: Graph, { node, operand }: Use): number | undefined {
  const { shape } = typeOf(graph, node.operands[operand] as ValueId);
  if (node.op === "matmul") return contractedSize(graph, node, operand);
  if (node.op === "conv" && operand === 1) return elementCount(shape.slice(1));
  if (node.op !== "conv_transpose" || operand !== 1) return undefined;
  return elementCount(shape.with(1, 1)) / node.attrs.group;
}

/** The size of the dimension that a matmul sums over. */
function contractedSize(graph: Graph, node: NodeOf<"matmul">, operand: number): number {
  const { shape } = typeOf(graph, node.operands[operand] as ValueId);
  const isTransposed = operand === 0 ? node.attrs.transpose_lhs : node.attrs.transpose_rhs;
  const isLast = (operand === 0) !== isTransposed;
  return shape.at(isLast ? -1 : -2) as number;
}

function isScale({ node, operand }: Use): boolean {
  if (node.op === "layer_normalization" || node.op === "rms_normalization") return operand === 1;
  return node.op === "mul";
}

function needsPositive({ node, operand }: Use): boolean {
  if (node.op === "div") return operand === 1;
  if (node.op === "pow") return operand === 0;
  return node.op === "sqrt" || node.op === "rsqrt" || node.op === "log" || node.op === "reciprocal";
}

function usesOf(graph: Graph, value: ValueId): readonly Use[] {
  const readers = readersOf(graph);
  const seen = new Set<ValueId>([value]);
  const found: Use[] = [];
  for (const current of seen) {
    for (const index of new Set(readers[current])) {
      const node = graph.nodes[index] as Node;
      node.operands.forEach((operand, position) => {
        if (operand === current) found.push({ node, operand: position });
      });
      if (passesOn(node, current)) for (const result of node.results) seen.add(result);
    }
  }
  return found;
}

/** True when the node's results are made of the value's elements, moved or converted. */
function passesOn(node: Node, value: ValueId): boolean {
  if (node.op === "gather") return node.operands[0] === value;
  return node.op === "cast" || isKind(node.op, "movement");
}
