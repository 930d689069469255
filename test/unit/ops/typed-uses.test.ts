// What is written of an op is held against its row by the type checker: a wrong name must not compile. Each `@ts-expect-error` is
// an error of `npm run types` if the line after it compiles.

import { expect, test } from "vitest";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type CallOf, callOf, isOfKind, type Node, type NodeOf, operandsOf } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { defineRule } from "../../../passes/graph/canonicalize/rule.ts";

const b = makeGraphBuilder("g");
const x = b.param("input", "x", { dtype: "f32", shape: [2, 3] });
const w = b.param("weight", "w", { dtype: "f32", shape: [4, 3] });
const [y] = b.add("matmul", [x, w], { transpose_rhs: true });
const [z] = b.add("reduce_sum", [y], { axes: [1] });
const [all] = b.add("concat", [y, z], { axis: 1 });
b.result("all", all);
const [product, sum, joined] = b.finish().nodes as [NodeOf<"matmul">, Node, NodeOf<"concat">];

test("the attributes of a node have the names and types of its row", () => {
  expect([product.attrs.transpose_lhs, product.attrs.transpose_rhs]).toEqual([false, true]);
  // @ts-expect-error: no such attribute
  expect(product.attrs.transposeRhs).toBeUndefined();
  // @ts-expect-error: a node of any op has no attribute that every op has
  expect(sum.attrs.axes).toEqual([1]);
  expect(isOfKind(sum, "reduce") && sum.attrs.axes).toEqual([1]);
  expect(sum.op === "reduce_sum" && sum.attrs.keepdims).toBe(true);
  // @ts-expect-error: it is not an attribute of this op
  expect(sum.op === "reduce_sum" && sum.attrs.axis).toBeUndefined();
});

test("operands have the names of the row", () => {
  expect(operandsOf(product)).toEqual({ lhs: x, rhs: w });
  expect(operandsOf(joined).xs).toEqual([y, z]);
  // @ts-expect-error: no such operand
  expect(operandsOf(product).left).toBeUndefined();
  const attention: CallOf<"attention"> = callOf("attention", [x, w, y], { is_causal: false, scale: null });
  const mask: ValueId | undefined = operandsOf(attention).mask;
  expect(mask).toBeUndefined();
});

test("what is built has attributes of the row", () => {
  // @ts-expect-error: no such attribute
  const misspelt = () => b.add("reduce_sum", [y], { axis: [1] });
  // @ts-expect-error: it is a list
  const mistyped = () => b.add("reduce_sum", [y], { axes: 1 });
  // @ts-expect-error: no such op
  const misnamed = () => b.add("reduce_add", [y], {});
  // @ts-expect-error: the attributes are complete in a node
  const incomplete = (): Node => ({ op: "matmul", operands: [x, w], attrs: { transpose_lhs: true }, results: [y] });
  expect([misspelt, mistyped, misnamed, incomplete]).toHaveLength(4);
});

test("a rewrite rule sees the calls of its ops", () => {
  const rule = defineRule({
    ...{ name: "", summary: "", before: "", after: "" },
    ops: ["matmul"],
    // @ts-expect-error: it is none of matmul's attributes
    rewrite: (call) => (call.attrs.keepdims ? { value: x } : undefined),
  });
  expect(rule.rewrite(sum, {} as never)).toBeUndefined();
});
