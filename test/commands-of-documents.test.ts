// The commands that IMPORT.md and SWEEPS.md show run, on small models and a small space in place of those that the reader has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { rootFolder } from "./run-tgc.ts";
import { makeFolder } from "./unit/cli/run-in-folder.ts";
import { type ModelDraft, model, node, tensor, tensorBytes, valueInfo } from "./unit/import/write-proto.ts";

const folder = makeFolder();
afterAll(() => folder.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

const commandsOf = (document: string): readonly string[] => {
  const text = readFileSync(join(rootFolder, document), "utf8");
  return [...text.matchAll(/^ *(tgc [^\n`]+)$/gm)].map(([, command = ""]) => command);
};

/** Two layers with gelu between them, as its example in PyTorch has. */
const mlp: ModelDraft = {
  inputs: [valueInfo("x", "FLOAT", [2, 4])],
  outputs: ["y"],
  weights: [
    tensor(
      "w1",
      "FLOAT",
      [4, 4],
      Array.from({ length: 16 }, (_, at) => Math.sin(at)),
    ),
  ],
  nodes: [node("MatMul", ["x", "w1"], ["h"]), node("Gelu", ["h"], ["g"]), node("MatMul", ["g", "w1"], ["y"])],
};
const named: ModelDraft = {
  inputs: [valueInfo("x", "FLOAT", ["batch", "sequence"])],
  outputs: ["y"],
  nodes: [node("Exp", ["x"], ["y"])],
};
const reshaped: ModelDraft = {
  inputs: [valueInfo("x", "FLOAT", [2, 2]), valueInfo("shape", "INT64", [1])],
  outputs: ["y"],
  nodes: [node("Reshape", ["x", "shape"], ["y"])],
};

const floats = (shape: readonly number[], data: readonly number[]): Uint8Array => tensorBytes("FLOAT", shape, data);
folder.write("mlp.onnx", model(mlp));
folder.write("shape.pb", tensorBytes("INT64", [1], [4]));
folder.write("test_data_set_0/input_0.pb", floats([2, 2], [1, 2, 3, 4]));
folder.write("test_data_set_0/input_1.pb", tensorBytes("INT64", [1], [4]));
folder.write("test_data_set_0/output_0.pb", floats([4], [1, 2, 3, 4]));
folder.write("samples/gemm.tg", "graph gemm(a: f32[8, 8], b: f32[8, 8]) -> (c: f32[8, 8]) {\n  c = matmul(a, b)\n}\n");
folder.write("samples/gemm-space.json", '{ "targets": ["tiny"], "schedules": ["naive", "heuristic"] }');

describe.each([
  ["IMPORT.md", 7],
  ["SWEEPS.md", 4],
] as const)("the commands of %s", (document, count) => {
  test("they are found", () => expect(commandsOf(document).length).toBe(count));

  test.each(commandsOf(document))("%s", async (command) => {
    vi.stubEnv("TGC_WEBGPU", "off");
    folder.write("model.onnx", model(command.includes("--dim") ? named : reshaped));
    const { exitCode, log } = await folder.run(...command.replace(/^tgc /, "").split(/ +/));
    expect(exitCode, log).toBe(0);
  });
});
