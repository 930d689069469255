// `tgc import` and `tgc conformance` on files: weights beside the program, external data, test data, exit codes.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { model, node, tensor, tensorBytes, valueInfo } from "../import/write-proto.ts";
import { makeFolder } from "./run-in-folder.ts";

const folder = makeFolder();
const x = valueInfo("x", "FLOAT", [1, 2]);
const external = (location: string, offset = "0") => ({
  name: "w",
  dims: [2, 2],
  dataType: 1,
  dataLocation: 1,
  externalData: [
    { key: "location", value: location },
    { key: "offset", value: offset },
  ],
});

const product = (weights: Parameters<typeof model>[0]["weights"]) =>
  model({ inputs: [x], outputs: ["y"], weights: weights ?? [], nodes: [node("MatMul", ["x", "w"], ["y"])] });

beforeAll(() => {
  folder.write("in/m.onnx", product([tensor("w", "FLOAT", [2, 2], [1, 2, 3, 4])]));
  folder.write("in/data/input_0.pb", tensorBytes("FLOAT", [1, 2], [1, 1]));
  folder.write("in/data/output_0.pb", tensorBytes("FLOAT", [1, 2], [4, 6]));
  folder.write("in/weights.bin", new Uint8Array(new Float32Array([9, 1, 2, 3, 4]).buffer));
  folder.write("secret.bin", new Uint8Array(16));
  folder.write("in/beside.onnx", product([external("weights.bin", "4")]));
  folder.write("in/outside.onnx", product([external("../secret.bin")]));
  folder.write("in/linked.onnx", product([external("link.bin")]));
  folder.write("in/long.onnx", product([external("weights.bin", "8")]));
  symlinkSync(join(folder.path, "secret.bin"), join(folder.path, "in/link.bin"));
});
afterAll(() => folder.remove());

test("weights lie beside the program, and the program runs with them", async () => {
  const made = await folder.run("import", "in/m.onnx", "-o", "m.tg", "--check", "in/data");
  expect(made).toEqual({ exitCode: 0, out: "", log: "note: the outputs are those of the test data\n" });
  const ran = await folder.run("check", "m.tg", "--weights", "m.safetensors", "--target", "tiny");
  expect(ran.exitCode).toBe(0);
});

test("external data are read from the model's folder", async () => {
  const made = await folder.run("import", "in/beside.onnx", "--check", "in/data");
  expect([made.exitCode, made.log]).toEqual([0, "note: the outputs are those of the test data\n"]);
});

test.each([
  ["in/outside.onnx", "outside of the model's folder"],
  ["in/linked.onnx", "outside of the model's folder"],
  ["in/long.onnx", "its data end at 24 B of weights.bin, which has 20"],
])("external data of %s are refused", async (file, why) => {
  const { exitCode, log } = await folder.run("import", file);
  expect([exitCode, log]).toEqual([1, expect.stringContaining(why)]);
});

test("a case that fails gives exit code 1, one that is unsupported does not", async () => {
  folder.write("cases/test_wrong/model.onnx", product([tensor("w", "FLOAT", [2, 2], [1, 2, 3, 4])]));
  folder.write("cases/test_wrong/test_data_set_0/input_0.pb", tensorBytes("FLOAT", [1, 2], [1, 1]));
  folder.write("cases/test_wrong/test_data_set_0/output_0.pb", tensorBytes("FLOAT", [1, 2], [4, 7]));
  folder.write("cases/test_odd/model.onnx", model({ inputs: [x], outputs: ["y"], nodes: [node("Odd", ["x"], ["y"])] }));
  expect((await folder.run("conformance", "cases")).exitCode).toBe(1);
  const odd = await folder.run("conformance", "cases", "--filter", "odd", "-v");
  expect(odd.exitCode).toBe(0);
  expect(odd.out).toContain("odd on ref: unsupported: Odd, the node that gives y: no op of the language");
});
