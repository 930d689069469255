// The arguments of instructions that are made by name are held against their rows: this file is compiled, and each line that is expected
// not to compile does not.
import { expect, test } from "vitest";
import { constant } from "../../../ir-spec/affine.ts";
import { semId } from "../../../ir-spec/base/ids.ts";
import { type InstArgs, makeInst, type OperandFieldName } from "../../../targets/neuron/inst-args.ts";
import { instDef } from "../../../targets/neuron/isa/index.ts";
import { flag, sbuf, value } from "./stream-fixtures.ts";

const tile = sbuf("f32", { at: 0, p: 8, f: 4 });

test("an instruction has the arguments of its row", () => {
  const copy = makeInst("tensor_copy", { dst: tile, src: tile }, 0);
  expect(Object.keys(copy.args).every((name) => Object.hasOwn(instDef("tensor_copy").fields, name))).toBe(true);
  const token = makeInst("acquire", { sem: { kind: "sem", sem: semId(0) } }, 0);
  expect(token.args.count).toBeUndefined();
});

test("wrong arguments do not compile", () => {
  const wrong = [
    // @ts-expect-error: a typo in the name of a field
    () => makeInst("tensor_copy", { dst: tile, scr: tile }, 0),
    // @ts-expect-error: src is missing
    () => makeInst("tensor_copy", { dst: tile }, 0),
    // @ts-expect-error: src is an operand
    () => makeInst("tensor_copy", { dst: tile, src: value(1) }, 0),
    // @ts-expect-error: accumulate is a flag
    () => makeInst("matmul", { dst: tile, moving: tile, accumulate: value(true) }, 0),
    // @ts-expect-error: no such function
    () => makeInst("activation", { dst: tile, src: tile, func: value("expp") }, 0),
    // @ts-expect-error: a number is expected
    () => makeInst("memset", { dst: tile, value: value("0") }, 0),
    // @ts-expect-error: base is affine in the loop indices
    () => makeInst("iota", { dst: tile, base: flag(true), step: value(1) }, 0),
  ];
  expect(wrong).toHaveLength(7);
  const iota: InstArgs<"iota"> = { dst: tile, base: { kind: "affine", affine: constant(0) }, step: value(1) };
  expect(iota.dst).toBe(tile);
});

test("the fields that hold operands are known by name", () => {
  const names: readonly OperandFieldName<"scalar_tensor_tensor">[] = ["dst", "src", "scalar0", "rhs"];
  // @ts-expect-error: op0 holds no operand
  const other: OperandFieldName<"scalar_tensor_tensor"> = "op0";
  expect(names).not.toContain(other);
});
