// Importing models that the tests make: values on the reference, names, folding of shapes, and complete lists of what is missing.
import { expect, test } from "vitest";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { bytesAsSource } from "../../../src/import/byte-source.ts";
import { importOnnx, readModel } from "../../../src/import/import-onnx.ts";
import { readMessage } from "../../../src/import/onnx/proto/read.ts";
import { noExternal } from "../../../src/import/onnx/read-tensor.ts";
import type { ImportOptions } from "../../../src/import/onnx/scope.ts";
import { runTensors } from "../../../src/import/run-tensors.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { type ModelDraft, model, node, tensor, valueInfo } from "./write-proto.ts";

const plain: ImportOptions = { dims: new Map(), constants: new Map(), shapes: new Map(), external: noExternal };

function importDraft(draft: ModelDraft, options: Partial<ImportOptions> = {}) {
  const read = readModel("m.onnx", bytesAsSource(model(draft)));
  if (!read.ok) throw new Error("not read");
  return importOnnx(read.value, "m.onnx", { ...plain, ...options });
}

function textOf(draft: ModelDraft, options: Partial<ImportOptions> = {}): string {
  const made = importDraft(draft, options);
  return made.ok
    ? made.value.text
    : made.error.map(({ code, args }) => `${code} ${args.where}: ${args.why}`).join("\n");
}

const x = valueInfo("x", "FLOAT", [2, 3]);

test("names are kept, numbers and weights stand in the text as a person writes them", () => {
  const text = textOf({
    inputs: [x],
    outputs: ["out"],
    weights: [tensor("fc.weight", "FLOAT", [3, 2], [1, 2, 3, 4, 5, 6]), tensor("half", "FLOAT", [], [0.1])],
    nodes: [
      node("MatMul", ["x", "fc.weight"], ["/fc/MatMul_output_0"]),
      node("Mul", ["/fc/MatMul_output_0", "half"], ["out"]),
    ],
  });
  expect(text).toBe(`// Imported from m.onnx.
graph g(x: f32[2, 3], weight fc_weight: f32[3, 2]) -> (out: f32[2, 2]) {
  fc_MatMul: f32[2, 2] = matmul(x, fc_weight)
  out: f32[2, 2] = fc_MatMul * 0.1
}
`);
});

test("subgraphs that compute shapes leave no node", () => {
  const text = textOf({
    inputs: [x],
    outputs: ["y"],
    weights: [tensor("zero", "INT64", [1], [0]), tensor("rest", "INT64", [1], [-1])],
    nodes: [
      node("Shape", ["x"], ["s"]),
      node("Gather", ["s", "zero"], ["first"]),
      node("Concat", ["rest", "first"], ["shape"], { axis: 0 }),
      node("Reshape", ["x", "shape"], ["y"]),
    ],
  });
  expect(text).toContain("y: f32[3, 2] = reshape(x, shape=[3, 2])");
  expect(text.match(/=/g)?.length).toBe(2);
});

test("all that is missing is listed in one run, and what depends on it is not", () => {
  const text = textOf({
    inputs: [x, valueInfo("words", "STRING", [2]), valueInfo("shape", "INT64", [1])],
    outputs: ["z"],
    nodes: [
      node("Relu", ["x"], ["a"], { slope: 2 }),
      node("Exp", ["a"], ["b"]),
      node("Frobnicate", ["b"], ["c"]),
      node("Reshape", ["x", "shape"], ["d"]),
      node("Add", ["c", "d"], ["z"]),
    ],
  });
  expect(text.split("\n")).toEqual([
    "E1502 input words: it has elements of type STRING: the language has no texts",
    "E1502 Relu, the node that gives a: attribute slope is not known",
    "E1502 Frobnicate, the node that gives c: no op of the language, nor several, do what it does",
    "E1502 Reshape, the node that gives d: the shape must be known when importing, but it depends on the input shape",
  ]);
});

test("a symbolic dimension has the size that is given, or is reported with the option that gives it", () => {
  const draft: ModelDraft = {
    inputs: [valueInfo("x", "FLOAT", ["batch", 3])],
    outputs: ["y"],
    nodes: [node("Exp", ["x"], ["y"])],
  };
  expect(textOf(draft)).toContain("give it with --dim batch=SIZE");
  expect(textOf(draft, { dims: new Map([["batch", 5]]) })).toContain(
    "graph g<batch = 5>(x: f32[batch, 3]) -> (y: f32[batch, 3])",
  );
});

test("numbers that follow from dimensions are written by their names, and the text holds for other sizes", () => {
  const draft: ModelDraft = {
    inputs: [valueInfo("x", "FLOAT", ["batch", "length", 4])],
    outputs: ["y"],
    weights: [tensor("flat", "INT64", [2], [-1, 2]), tensor("twice", "INT64", [2], [2, 1])],
    nodes: [
      node("Reshape", ["x", "flat"], ["rows"]),
      node("Tile", ["rows", "twice"], ["tiled"]),
      node("Shape", ["x"], ["s"]),
      node("Expand", ["tiled", "one"], ["y"]),
    ],
  };
  const one = { ...draft, weights: [...draft.weights!, tensor("one", "INT64", [1], [1])] };
  const text = textOf(one, {
    dims: new Map([
      ["batch", 2],
      ["length", 3],
    ]),
  });
  expect(text).toContain("graph g<batch = 2, length = 3>(x: f32[batch, length, 4]) -> (y: f32[4 * batch * length, 2])");
  expect(text).toContain("shape=[2 * batch * length, 2]");
  const other = parseGraphs({ name: "m.tg", text }, { dims: { batch: 5 } });
  expect(other.ok && other.value[0]!.values.at(-1)!.type.shape).toEqual([60, 2]);
});

test("names that the language does not have become ones that it has, each once", () => {
  const text = textOf({
    name: "12/torch graph",
    inputs: [valueInfo("for", "FLOAT", [2]), valueInfo("a b", "FLOAT", [2]), valueInfo("a-b", "FLOAT", [2])],
    outputs: ["__proto__"],
    nodes: [node("Sum", ["for", "a b", "a-b"], ["__proto__"])],
  });
  expect(text).toContain("graph main_12_torch_graph(for_: f32[2], a_b: f32[2], a_b_1: f32[2]) -> (proto: f32[2])");
});

test("a function that calls itself ends with a reason", () => {
  const called = {
    name: "F",
    domain: "mine",
    input: ["a"],
    output: ["b"],
    opsetImport: [{ version: 23 }],
    node: [{ ...node("F", ["a"], ["b"]), domain: "mine" }],
  };
  const text = textOf({
    inputs: [x],
    outputs: ["y"],
    nodes: [{ ...node("F", ["x"], ["y"]), domain: "mine" }],
    functions: [called],
  });
  expect(text).toContain("nested more than 32 deep");
});

test("functions that double at each level end within the budget of nodes", () => {
  const level = (index: number) => ({
    name: `F${index}`,
    domain: "mine",
    input: ["a"],
    output: ["c"],
    opsetImport: [{ version: 23 }],
    node: [
      { ...node(`F${index + 1}`, ["a"], ["b"]), domain: "mine" },
      { ...node(`F${index + 1}`, ["b"], ["c"]), domain: "mine" },
    ],
  });
  const last = { ...level(30), node: [node("Exp", ["a"], ["c"])] };
  const functions = [...Array.from({ length: 30 }, (_unused, index) => level(index)), last];
  const made = importDraft({
    inputs: [x],
    outputs: ["y"],
    nodes: [{ ...node("F0", ["x"], ["y"]), domain: "mine" }],
    functions,
  });
  expect(made.ok).toBe(false);
});

test("the graph of the text is the graph that runs", () => {
  const made = importDraft({
    inputs: [x],
    outputs: ["y", "z"],
    weights: [tensor("w", "FLOAT", [3], [0.1, -0.2, 3]), tensor("axes", "INT64", [1], [1])],
    nodes: [
      node("ReduceLogSumExp", ["x", "axes"], ["l"]),
      node("Sub", ["x", "l"], ["d"]),
      node("LeakyRelu", ["d"], ["e"], { alpha: 0.3 }),
      node("Mul", ["e", "w"], ["y"]),
      node("ArgMax", ["y"], ["z"], { axis: -1 }),
    ],
  });
  if (!made.ok) throw new Error("not imported");
  const inputs: ReadonlyMap<string, Tensor> = new Map([
    ...runTensors(made.value, new Map()),
    ["x", { dtype: "f32", shape: [2, 3], data: Float64Array.from([0.5, -1, 2, 3, 4, -8]) }],
  ]);
  const back = parseGraphs({ name: "m.tg", text: made.value.text });
  if (!back.ok) throw new Error("its text is wrong");
  const [first, second] = [made.value.graph, back.value[0]!].map((graph) =>
    runGraph(graph, inputs, { rounding: true }),
  );
  expect(second).toEqual(first);
  // By hand: log(sum(exp(x))) is 2.241 and 4.313, so y is about [-0.052, 0.194, -0.217] and [-0.039, 0.019, -11.1].
  expect([...first!.get("z")!.data]).toEqual([1, 1]);
  expect(first!.get("y")!.data[1]).toBeCloseTo(0.1945, 3);
});

test("what reads no message is no model", () => {
  expect(readMessage("Model", new TextEncoder().encode("{}")).ok).toBe(false);
  expect(readModel("m.onnx", bytesAsSource(new TextEncoder().encode("{}")))).toMatchObject({
    ok: false,
    error: [{ code: "E1501" }],
  });
});

test("an operand that is missing is a reason, whichever it is", () => {
  const whole: readonly (readonly [string, number])[] = [
    ...[["Concat", 2] as const, ["Max", 2] as const, ["Mean", 1] as const, ["Sum", 2] as const, ["RNN", 3] as const],
    ...[["Einsum", 2] as const, ["Gemm", 2] as const, ["Where", 3] as const, ["BitwiseAnd", 2] as const],
  ];
  for (const [op, count] of whole)
    for (let left = 0; left < count; left++) {
      const inputs = Array.from({ length: count }, (_unused, index) => (index === left ? "" : "x"));
      const attrs = op === "Einsum" ? { equation: "ij,ij->ij" } : {};
      const made = [inputs, []].map((given) =>
        importDraft({ inputs: [x], outputs: ["y"], nodes: [node(op, given, ["y"], attrs)] }),
      );
      expect(made.map(({ ok }) => ok)).toEqual([false, false]);
    }
});
