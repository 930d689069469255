// Layers of BERT and GPT-2, as exporters write them: they become composites, layers become one function, and all executors agree on them.
import { afterAll, afterEach, expect, test, vi } from "vitest";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { bytesAsSource } from "../../../src/import/byte-source.ts";
import { type ImportedProgram, importOnnx, readModel } from "../../../src/import/import-onnx.ts";
import { noExternal } from "../../../src/import/onnx/read-tensor.ts";
import { runTensors } from "../../../src/import/run-tensors.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { bertModel, gpt2Model, sampleModels } from "../../models/transformers.ts";
import { makeFolder } from "../cli/run-in-folder.ts";
import { type ModelDraft, model, node, tensor, valueInfo } from "./write-proto.ts";

const folder = makeFolder();
afterAll(() => folder.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

function importDraft(draft: ModelDraft, batch = 1): ImportedProgram {
  const read = readModel("m.onnx", bytesAsSource(model(draft)));
  if (!read.ok) throw new Error("not read");
  const dims = new Map([["batch", batch]]);
  const made = importOnnx(read.value, "m.onnx", {
    dims,
    constants: new Map(),
    shapes: new Map(),
    external: noExternal,
  });
  if (!made.ok) throw new Error(made.error.map(({ args }) => String(args.why)).join("\n"));
  return made.value;
}

/** How often each op of some is in a graph. */
function countOps({ nodes }: Graph, ops: readonly string[]): readonly number[] {
  return ops.map((op) => nodes.filter((other) => other.op === op).length);
}

const composites = ["attention", "layer_normalization", "gelu", "softmax", "erf", "tanh", "sqrt", "reduce_mean"];

test.each([
  ["bert", bertModel, "def encoder_layer("],
  ["gpt2", gpt2Model, "def h("],
] as const)("%s: nine nodes are a layer norm, and layers one function", (_name, make, heading) => {
  const program = importDraft(make({ layers: 4, hidden: 4, heads: 2, length: 3 }));
  const { graph, text } = program;
  expect(countOps(graph, composites)).toEqual([4, 8, 4, 0, 0, 0, 0, 0]);
  const [name] = heading.replace("def ", "").split("(");
  expect([text.split("def ").length - 1, text.split(` = ${name}(`).length - 1]).toEqual([1, 4]);
  expect(text).toContain(heading);
  expect(text.includes("is_causal=true")).toBe(heading === "def h(");
  const back = parseGraphs({ name: "m.tg", text });
  if (!back.ok) throw new Error("its text is wrong");
  expect(countOps(back.value[0]!, composites)).toEqual(countOps(graph, composites));
  const states = {
    dtype: "f32",
    shape: [1, 3, 4],
    data: Float64Array.from({ length: 12 }, (_, at) => Math.sin(at)),
  } as const;
  const mask = { dtype: "f32", shape: [1, 1, 1, 3], data: Float64Array.from([0, 0, -10000]) } as const;
  const weights = runTensors(program, new Map());
  const inputs = new Map<string, Tensor>([...weights, ["hidden_states", states], ["mask", mask]]);
  const [first, second] = [graph, back.value[0]!].map((made) => runGraph(made, inputs, { rounding: true }));
  expect(second).toEqual(first);
  expect(first!.get("last_hidden_state")!.data.every(Number.isFinite)).toBe(true);
});

test("functions follow dimensions that they name", () => {
  const { text } = importDraft(bertModel({ layers: 2, hidden: 4, heads: 2, length: 3 }), 2);
  const other = parseGraphs({ name: "m.tg", text }, { dims: { batch: 5 } });
  expect(other.ok && other.value[0]!.values.at(-1)!.type.shape).toEqual([5, 3, 4]);
});

test("blocks that are connected differently stay as they are", () => {
  // Each step reads the one before it, but the last block the first step again.
  const ops = ["Exp", "Neg", "Abs", "Sin", "Cos", "Erf", "Tanh"];
  const nodes = [0, 1, 2].flatMap((block) =>
    ops.map((op, step) => {
      const before = step === 0 ? (block === 0 ? "x" : `b${block - 1}_6`) : `b${block}_${step - 1}`;
      return node(op, [block === 2 && step === 6 ? "b2_0" : before], [`b${block}_${step}`]);
    }),
  );
  const { text } = importDraft({ inputs: [valueInfo("x", "FLOAT", [2])], outputs: ["b2_6"], nodes });
  expect(text.split("block(").length - 1).toBe(3);
  expect(text).toContain("b2_6: f32[2] = tanh(b2_0)");
});

test.each([0, 1, 6])("constants of a block may be read by its node %i", (step) => {
  const ops = ["Exp", "Neg", "Abs", "Sin", "Cos", "Erf", "Tanh"];
  const nodes = [0, 1, 2].flatMap((block) =>
    ops.map((op, at) => {
      const before = at > 0 ? `b${block}_${at - 1}` : block === 0 ? "x" : `b${block - 1}_6`;
      return at === step
        ? node("Mul", [before, `c${block}`], [`b${block}_${at}`])
        : node(op, [before], [`b${block}_${at}`]);
    }),
  );
  const weights = [0.5, 0.25, 2].map((value, block) => tensor(`c${block}`, "FLOAT", [1], [value]));
  const { text, graph } = importDraft({ inputs: [valueInfo("x", "FLOAT", [2])], outputs: ["b2_6"], weights, nodes });
  expect(text.split("block(").length - 1, text).toBe(4);
  const back = parseGraphs({ name: "m.tg", text });
  const inputs = new Map<string, Tensor>([["x", { dtype: "f32", shape: [2], data: Float64Array.of(0.5, -1) }]]);
  const [first, second] = [graph, back.ok ? back.value[0]! : graph].map((made) =>
    runGraph(made, inputs, { rounding: true }),
  );
  expect([back.ok, second]).toEqual([true, first]);
});

const samples = [...sampleModels({ layers: 1, hidden: 8, heads: 2, length: 4 })];
// Both layers have the same parts but for masks.
const checked = process.env.TGC_LONG === undefined ? samples.slice(-1) : samples;

test.each(checked)("%s on all executors", async (name, bytes) => {
  if (process.env.TGC_LONG === undefined) vi.stubEnv("TGC_WEBGPU", "off");
  folder.write(name, bytes);
  const out = name.replace(".onnx", "");
  expect(await folder.run("import", name, "-o", `${out}.tg`, "--dim", "batch=1")).toMatchObject({ exitCode: 0 });
  const ran = await folder.run("check", `${out}.tg`, "--weights", `${out}.safetensors`, "--target", "tiny");
  expect(ran, ran.log).toMatchObject({ exitCode: 0 });
});
