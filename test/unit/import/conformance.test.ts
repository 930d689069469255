// Conformance over a handful of cases that the test makes: each status, the tolerance, and constants from the data of a case.
import { expect, test } from "vitest";
import { targetByName } from "../../../src/driver/targets.ts";
import { runCase } from "../../../src/import/conformance/run-case.ts";
import { type ModelDraft, model, node, tensorBytes, valueInfo } from "./write-proto.ts";

async function run(draft: ModelDraft, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]) {
  const target = targetByName("tiny");
  if (!target.ok) throw new Error("no target");
  const given = { name: "case", model: model(draft), inputs, outputs };
  const { status, reason } = await runCase(given, { on: "ref", target: target.value, gpu: undefined });
  return { status, reason };
}

const x = valueInfo("x", "FLOAT", [2]);
const double: ModelDraft = { inputs: [x], outputs: ["y"], nodes: [node("Add", ["x", "x"], ["y"])] };
const floats = (...data: number[]) => tensorBytes("FLOAT", [data.length], data);

test("a case passes whose outputs are those of its data, within the tolerance", async () => {
  expect(await run(double, [floats(1, -3)], [floats(2, -6)])).toMatchObject({ status: "pass" });
  expect(await run(double, [floats(1, -3)], [floats(2.001, -6)])).toMatchObject({ status: "pass" });
  expect(await run(double, [floats(1, Number.NaN)], [floats(2, Number.NaN)])).toMatchObject({ status: "pass" });
});

test("a case fails whose outputs differ in a value, a shape or an element type", async () => {
  expect(await run(double, [floats(1, -3)], [floats(2.01, -6)])).toMatchObject({ status: "fail" });
  expect(await run(double, [floats(1, -3)], [floats(2, Number.NaN)])).toMatchObject({ status: "fail" });
  expect(await run(double, [floats(1, -3)], [floats(2, -6, 1)])).toMatchObject({
    status: "fail",
    reason: "y: its shape is [2], expected [3]",
  });
  expect(await run(double, [floats(1, -3)], [tensorBytes("DOUBLE", [2], [2, -6])])).toMatchObject({ status: "fail" });
});

test("what cannot be imported is unsupported, with the reason", async () => {
  const unknown: ModelDraft = { inputs: [x], outputs: ["y"], nodes: [node("Frobnicate", ["x"], ["y"])] };
  expect(await run(unknown, [floats(1, 2)], [floats(1, 2)])).toEqual({
    status: "unsupported",
    reason: "Frobnicate, the node that gives y: no op of the language, nor several, do what it does",
  });
});

test("an input that decides on a shape has the value of the case", async () => {
  const draft: ModelDraft = {
    inputs: [x, valueInfo("shape", "INT64", [2])],
    outputs: ["y"],
    nodes: [node("Reshape", ["x", "shape"], ["y"])],
  };
  const data = [floats(1, 2), tensorBytes("INT64", [2], [2, 1])];
  expect(await run(draft, data, [tensorBytes("FLOAT", [2, 1], [1, 2])])).toMatchObject({ status: "pass" });
});

test("integers that the machine's width does not hold are refused", async () => {
  const draft: ModelDraft = {
    inputs: [valueInfo("x", "INT64", [1])],
    outputs: ["y"],
    nodes: [node("Abs", ["x"], ["y"])],
  };
  const data = tensorBytes("INT64", [1], [2 ** 40]);
  expect(await run(draft, [data], [data])).toMatchObject({
    status: "unsupported",
    reason: expect.stringContaining("do not fit i32"),
  });
});

test("bytes that are no model fail, and data that are no tensors are unsupported", async () => {
  const target = targetByName("tiny");
  if (!target.ok) throw new Error("no target");
  const options = { on: "ref", target: target.value, gpu: undefined } as const;
  const bad = new Uint8Array([255, 255]);
  expect(await runCase({ name: "c", model: bad, inputs: [], outputs: [] }, options)).toMatchObject({ status: "fail" });
  expect(await runCase({ name: "c", model: model(double), inputs: [bad], outputs: [] }, options)).toMatchObject({
    status: "unsupported",
  });
});
