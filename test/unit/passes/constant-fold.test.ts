// What constant-fold leaves alone, and why.
import { expect, test } from "vitest";
import { parseGraph, runOnGraph } from "./support.ts";

const causal = `graph g(x: f32[8, 8]) -> (y: f32[8, 8]) {
  mask = less_or_equal(iota(shape=[1, 8], axis=1, dtype=i32), iota(shape=[8, 1], dtype=i32))
  y = where(mask, x, 0)
}`;

test("a mask that is bigger than the indices it is made of", () => {
  const graph = parseGraph(causal);
  const { ir, remarks } = runOnGraph(graph, "constant-fold");
  expect(ir).toBe(graph);
  expect(remarks.map((remark) => remark.text)).toEqual([
    'not folded: less_or_equal "mask": its results are bigger than what they are made of',
  ]);
});

test("tensors of more than max_elements elements", () => {
  const graph = parseGraph("graph g() -> (y: f32[8]) {\n  y = exp(iota(shape=[8], dtype=f32))\n}");
  expect(runOnGraph(graph, "constant-fold{max_elements=7}").ir).toBe(graph);
  expect(runOnGraph(graph, "constant-fold{max_elements=8}").ir.nodes.map((node) => node.op)).toEqual(["constant"]);
});

test("numbers are folded at any size, and rounded as a run would round them", () => {
  const text = `graph g() -> (y: bf16[999, 999]) {
  third = full(value=1, shape=[999, 999], dtype=bf16) / full(value=3, shape=[], dtype=bf16)
  y = third * third
}`;
  const [node, ...others] = runOnGraph(parseGraph(text), "constant-fold{max_elements=1}").ir.nodes;
  expect(others).toEqual([]);
  expect(node?.attrs).toEqual({ value: 0.111_328_125, shape: [999, 999], dtype: "bf16" });
});
