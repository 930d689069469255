// Canonicalization rules on shapes: movements that do nothing, that join, or that their reader can do.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Shape, shapesEqual, typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Call, CallOf } from "../../../ir-spec/graph.ts";
import { factsOf, isKind, opNames } from "../../../ir-spec/ops/index.ts";
import { permutationOf } from "../../../ir-spec/ops/movement.ts";
import type { Rewriter } from "../../rewrite.ts";
import { callOf, defineRule, operandCall, operandOf, type Replacement, resultType } from "./rule.ts";

const reshapes = opNames.filter((op) => factsOf(op).keepsOrder);
const elementwise = opNames.filter((op) => isKind(op, "elementwise"));

/** The permutation of a transpose, counted from 0. */
function permOf(call: CallOf<"transpose">, to: Rewriter): readonly number[] {
  return permutationOf(call.attrs.perm, to.typeOf(operandOf(call)).shape.length);
}

function isAscending(axes: readonly number[]): boolean {
  return axes.every((axis, index) => index === 0 || axis > (axes[index - 1] as number));
}

/** True when the transpose swaps the last two axes and leaves the others. */
function swapsLastTwo(perm: readonly number[]): boolean {
  const rank = perm.length;
  const kept = perm.slice(0, -2).every((axis, index) => axis === index);
  return rank >= 2 && kept && perm[rank - 2] === rank - 1 && perm[rank - 1] === rank - 2;
}

/** The call with one operand replaced, where that leaves its type as it is. */
function withOperand(call: Call, index: number, value: ValueId, to: Rewriter): Replacement | undefined {
  const changed: Call = { ...call, operands: call.operands.with(index, value) };
  const [before, after] = [resultType(call, to), resultType(changed, to)];
  return before !== undefined && after !== undefined && typesEqual(before, after) ? { call: changed } : undefined;
}

/** The first replacement that a rule finds for an operand. */
function forEachOperand(call: Call, replace: (index: number) => Replacement | undefined): Replacement | undefined {
  for (const index of call.operands.keys()) {
    const found = replace(index);
    if (found !== undefined) return found;
  }
  return undefined;
}

export const movementRules = [
  defineRule({
    name: "no-movement",
    summary: "a movement or cast that changes nothing is dropped",
    before: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  t = transpose(x, perm=[0, 1])
  s = slice(t, starts=[0], ends=[3], axes=[1])
  p = split(s, sizes=[3], axis=1)
  y = exp(cast(reshape(p, shape=[2, 3]), to=f32))
}`,
    after: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  y = exp(x)
}`,
    ops: ["transpose", "reshape", "squeeze", "unsqueeze", "broadcast_to", "slice", "concat", "split", "cast"],
    rewrite: (call, to) => {
      const value = operandOf(call);
      const type = resultType(call, to);
      if (call.operands.length !== 1 || type === undefined || !typesEqual(type, to.typeOf(value))) return undefined;
      return call.op === "transpose" && !isAscending(permOf(call, to)) ? undefined : { value };
    },
  }),
  defineRule({
    name: "transpose-transpose",
    summary: "two transposes are one",
    before: `graph example(x: f32[2, 3, 4]) -> (y: f32[4, 2, 3]) {
  t = transpose(x, perm=[1, 0, 2])
  y = transpose(t, perm=[2, 1, 0])
}`,
    after: `graph example(x: f32[2, 3, 4]) -> (y: f32[4, 2, 3]) {
  y = transpose(x, perm=[2, 0, 1])
}`,
    ops: ["transpose"],
    rewrite: (call, to) => {
      const inner = operandCall(call, 0, ["transpose"], to);
      if (inner === undefined) return undefined;
      const innerPerm = permOf(inner, to);
      const perm = permOf(call, to).map((axis) => innerPerm[axis] as number);
      return callOf("transpose", [operandOf(inner)], { perm });
    },
  }),
  defineRule({
    name: "transpose-of-ones",
    summary: "a transpose that only moves axes of size 1 is a reshape",
    before: `graph example(x: f32[1, 3, 4]) -> (y: f32[3, 1, 4]) {
  y = transpose(x, perm=[1, 0, 2])
}`,
    after: `graph example(x: f32[1, 3, 4]) -> (y: f32[3, 1, 4]) {
  y = reshape(x, shape=[3, 1, 4])
}`,
    ops: ["transpose"],
    rewrite: (call, to) => {
      const { shape } = to.typeOf(operandOf(call));
      const perm = permOf(call, to);
      if (!isAscending(perm.filter((axis) => shape[axis] !== 1))) return undefined;
      return callOf("reshape", [operandOf(call)], { shape: perm.map((axis) => shape[axis] as number) });
    },
  }),
  defineRule({
    name: "reshape-reshape",
    summary: "of several reshapes, squeezes and unsqueezes in a row only the last shape counts",
    before: `graph example(x: f32[2, 6]) -> (y: f32[3, 4]) {
  y = reshape(unsqueeze(x, axes=[0]), shape=[3, 4])
}`,
    after: `graph example(x: f32[2, 6]) -> (y: f32[3, 4]) {
  y = reshape(x, shape=[3, 4])
}`,
    ops: reshapes,
    rewrite: (call, to) => {
      const inner = operandCall(call, 0, reshapes, to);
      const type = resultType(call, to);
      return inner === undefined || type === undefined
        ? undefined
        : callOf("reshape", [operandOf(inner)], { shape: type.shape });
    },
  }),
  defineRule({
    name: "transpose-into-matmul",
    summary: "a matmul reads an operand transposed by itself",
    before: `graph example(x: f32[2, 3], w: f32[4, 3]) -> (y: f32[2, 4]) {
  y = matmul(x, transpose(w, perm=[1, 0]))
}`,
    after: `graph example(x: f32[2, 3], w: f32[4, 3]) -> (y: f32[2, 4]) {
  y = matmul(x, w, transpose_rhs=true)
}`,
    ops: ["matmul"],
    rewrite: (call, to) =>
      forEachOperand(call, (index) => {
        const inner = operandCall(call, index, ["transpose"], to);
        if (inner === undefined || !swapsLastTwo(permOf(inner, to))) return undefined;
        const { transpose_lhs, transpose_rhs } = call.attrs;
        const flipped = index === 0 ? { transpose_lhs: !transpose_lhs } : { transpose_rhs: !transpose_rhs };
        return callOf("matmul", call.operands.with(index, operandOf(inner)), { ...call.attrs, ...flipped });
      }),
  }),
  defineRule({
    name: "broadcast-by-reader",
    summary: "a broadcast_to is dropped where the op that reads it broadcasts to the same shape anyway",
    before: `graph example(x: f32[2, 3], b: f32[3]) -> (y: f32[2, 3]) {
  y = x + broadcast_to(b, shape=[2, 3])
}`,
    after: `graph example(x: f32[2, 3], b: f32[3]) -> (y: f32[2, 3]) {
  y = x + b
}`,
    ops: [...elementwise, "matmul"],
    rewrite: (call, to) =>
      forEachOperand(call, (index) => {
        const inner = operandCall(call, index, ["broadcast_to"], to);
        return inner === undefined ? undefined : withOperand(call, index, operandOf(inner), to);
      }),
  }),
  defineRule({
    name: "unit-steps",
    summary: "a slice says no steps where all of them are 1",
    before: `graph example(x: f32[6]) -> (y: f32[3]) {
  y = slice(x, starts=[1], ends=[4], axes=[0], steps=[1])
}`,
    after: `graph example(x: f32[6]) -> (y: f32[3]) {
  y = slice(x, starts=[1], ends=[4], axes=[0])
}`,
    ops: ["slice"],
    rewrite: (call) => {
      const { steps } = call.attrs;
      const isPlain = steps.length > 0 && steps.every((step) => step === 1);
      return isPlain ? callOf("slice", call.operands, { ...call.attrs, steps: [] }) : undefined;
    },
  }),
  defineRule({
    name: "movement-of-full",
    summary: "a tensor of one number under another shape is a tensor of that number",
    before: `graph example() -> (y: f32[6]) {
  y = reshape(full(value=1, shape=[2, 3], dtype=f32), shape=[6])
}`,
    after: `graph example() -> (y: f32[6]) {
  y = full(value=1, shape=[6], dtype=f32)
}`,
    ops: [...reshapes, "transpose", "slice", "broadcast_to"],
    rewrite: (call, to) => {
      const full = operandCall(call, 0, ["full"], to);
      const type = resultType(call, to);
      return full === undefined || type === undefined
        ? undefined
        : callOf("full", [], { ...full.attrs, shape: type.shape });
    },
  }),
  defineRule({
    name: "full-to-scalar",
    summary: "an operand of an elementwise op with one number everywhere is that number, which the op broadcasts",
    before: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  y = x * full(value=3, shape=[2, 3], dtype=f32)
}`,
    after: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  y = x * 3
}`,
    ops: elementwise,
    rewrite: (call, to) =>
      forEachOperand(call, (index) => {
        const full = operandCall(call, index, ["full"], to);
        const scalar: Shape = [];
        if (full === undefined || shapesEqual(full.attrs.shape, scalar)) return undefined;
        const type = resultType(call, to);
        const others = call.operands.filter((_, position) => position !== index).map((other) => to.typeOf(other).shape);
        if (type === undefined || !spans(others, type.shape)) return undefined;
        const [value] = to.add({ op: "full", operands: [], attrs: { ...full.attrs, shape: scalar } });
        return callOf(call.op, call.operands.with(index, value), call.attrs);
      }),
  }),
  defineRule({
    name: "keep-folded-axis",
    summary: "a reduction that drops its axes keeps them, and a reshape drops them: kernels over rows keep the rank",
    before: `graph example(x: f32[2, 3]) -> (y: f32[2]) {
  y = reduce_sum(x, axes=[1], keepdims=false)
}`,
    after: `graph example(x: f32[2, 3]) -> (y: f32[2]) {
  y = reshape(reduce_sum(x, axes=[1]), shape=[2])
}`,
    ops: opNames.filter((op) => isKind(op, "reduce")),
    rewrite: (call, to) => {
      const type = resultType(call, to);
      if (call.attrs.keepdims || type === undefined) return undefined;
      const [kept] = to.add({ ...call, attrs: { ...call.attrs, keepdims: true } });
      return callOf("reshape", [kept], { shape: type.shape });
    },
  }),
] as const;

/** True when tensors of the given shapes alone broadcast to `shape`. */
function spans(shapes: readonly Shape[], shape: Shape): boolean {
  return shape.every((size, axis) => {
    const fromRight = shape.length - axis;
    return shapes.some((other) => other.length >= fromRight && other[other.length - fromRight] === size);
  });
}
