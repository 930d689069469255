// Ops of which the ONNX backend tests have no case as one node: results by ONNX's formulas.
import { expect, test } from "vitest";
import { type Given, onBoth, statuses } from "./run-node.ts";
import { type Attributes, node } from "./write-proto.ts";

const x = [-4, -1.5, -0.25, 0, 0.75, 3.5];
const floats = (data: readonly number[]): Given => ({ element: "FLOAT", shape: [2, 3], data });

test.each<[string, Attributes, (x: number) => number]>([
  ["Sign", {}, Math.sign],
  ["HardSwish", {}, (a) => a * Math.max(0, Math.min(1, a / 6 + 0.5))],
  ["Mish", {}, (a) => a * Math.tanh(Math.log1p(Math.exp(a)))],
  ["Celu", { alpha: { f: 2 } }, (a) => Math.max(0, a) + Math.min(0, 2 * (Math.exp(a / 2) - 1))],
])("%s", async (op, attrs, meaning) => {
  const made = node(op, ["a"], ["y"], attrs);
  expect(await statuses(made, [floats(x)], floats(x.map(meaning)))).toEqual(onBoth("pass"));
});

test("NonZero of values that the test data give", async () => {
  const places: Given = { element: "INT64", shape: [2, 2], data: [0, 1, 2, 0] };
  const a: Given = { element: "INT32", shape: [2, 3], data: [0, 0, 5, -1, 0, 0] };
  expect(await statuses(node("NonZero", ["a"], ["y"]), [a], places)).toEqual(onBoth("pass"));
});
