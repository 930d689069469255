// The reference interpreter: rounding, states, several results.
import { expect, test } from "vitest";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { tensor } from "../ops/run-op.ts";

function makeProgram() {
  const b = makeGraphBuilder("g");
  const x = b.param("input", "x", { dtype: "bf16", shape: [2] });
  const s = b.param("state", "s", { dtype: "i32", shape: [1] });
  const [third] = b.add("mul", [x, ...b.add("full", [], { value: 1 / 3, shape: [], dtype: "bf16" })]) as [ValueId];
  const [count] = b.add("add", [s, ...b.add("full", [], { value: 1.5, shape: [], dtype: "i32" })]) as [ValueId];
  b.result("y", third);
  b.result("same", x);
  b.update(s, count);
  return b.finish();
}

const inputs = new Map([
  ["x", tensor([2], [3, 1], "bf16")],
  ["s", tensor([1], [41], "i32")],
]);

test("results and new contents come back under their names", () => {
  const outputs = runGraph(makeProgram(), inputs, { rounding: true });
  expect([...outputs.keys()]).toEqual(["y", "same", "s"]);
  expect([...(outputs.get("s")?.data ?? [])]).toEqual([42]);
  expect(outputs.get("same")).toBe(inputs.get("x"));
});

test("floats are rounded after each op, or not at all; integers always", () => {
  const values = (rounding: boolean) => [...(runGraph(makeProgram(), inputs, { rounding }).get("y")?.data ?? [])];
  expect(values(true)).toEqual([1, 0.333984375]);
  expect(values(false)).toEqual([1, 1 / 3]);
  expect([...(runGraph(makeProgram(), inputs, { rounding: false }).get("s")?.data ?? [])]).toEqual([42]);
});

test("a missing or misshapen input is reported by name", () => {
  expect(() => runGraph(makeProgram(), new Map(), { rounding: true })).toThrow("parameter x");
  const wrong = new Map([...inputs, ["s", tensor([2], [1, 2], "i32")] as const]);
  expect(() => runGraph(makeProgram(), wrong, { rounding: true })).toThrow("parameter s is i32[2], expected i32[1]");
});
