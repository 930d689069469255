// What is written of a tile op is held against its row by the type checker: a wrong name must not compile. Each `@ts-expect-error` is
// an error of `npm run types` if the line after it compiles.

import { expect, test } from "vitest";
import { constant } from "../../../ir-spec/affine.ts";
import { bufferId } from "../../../ir-spec/base/ids.ts";
import type { Access, TileNode, TileNodeOf } from "../../../ir-spec/tile.ts";
import { type Body, emitOp } from "../../../passes/lower/program-builder.ts";

const one: Access = {
  buffer: bufferId(0),
  offset: constant(0),
  partition: { start: 0, stride: 1, size: { max: 1 } },
  dims: [],
};
const scaled: TileNodeOf<"activation"> = {
  ...{ kind: "op", op: "activation" },
  operands: { dst: one, src: one, bias: one },
  attrs: { func: "exp" },
};
const anyOne = scaled as TileNode;

test("operands and attributes of a statement have the names of its row", () => {
  expect([scaled.operands.bias, scaled.attrs.scale]).toEqual([one, undefined]);
  // @ts-expect-error: no such operand
  expect(scaled.operands.shift).toBeUndefined();
  // @ts-expect-error: no such attribute
  expect(scaled.attrs.function).toBeUndefined();
  // @ts-expect-error: not every tile op has it
  expect(anyOne.operands.src).toBe(one);
  expect(anyOne.op === "activation" && anyOne.operands.src).toBe(one);
  // @ts-expect-error: no such function
  expect(scaled.attrs.func === "expp").toBe(false);
});

test("a statement has what its row wants", () => {
  // @ts-expect-error: an operand is missing
  const incomplete: TileNodeOf<"tensor_copy"> = { kind: "op", op: "tensor_copy", operands: { dst: one }, attrs: {} };
  // @ts-expect-error: an attribute without a default is missing
  const unsaid: TileNodeOf<"tensor_reduce">["attrs"] = {};
  expect([incomplete.op, unsaid]).toEqual(["tensor_copy", {}]);
});

test("what is emitted has operands and attributes of the row", () => {
  const body: Body = [];
  emitOp(body, "activation", { dst: one, src: one, bias: undefined }, { func: "exp" });
  expect(body).toEqual([{ kind: "op", op: "activation", operands: { dst: one, src: one }, attrs: { func: "exp" } }]);
  const wrong = [
    // @ts-expect-error: no such operand
    () => emitOp(body, "tensor_copy", { dst: one, source: one }),
    // @ts-expect-error: an operand is missing
    () => emitOp(body, "tensor_copy", { dst: one }),
    // @ts-expect-error: no such attribute
    () => emitOp(body, "memset", { dst: one }, { number: 1 }),
    // @ts-expect-error: no such operation
    () => emitOp(body, "tensor_tensor", { dst: one, lhs: one, rhs: one }, { op: "plus" }),
    // @ts-expect-error: an attribute without a default is missing
    () => emitOp(body, "tensor_tensor", { dst: one, lhs: one, rhs: one }),
  ];
  expect(wrong).toHaveLength(5);
});
