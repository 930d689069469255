// Movement rows that read one tensor under another shape: the result's elements are the operand's, reordered or repeated.

import { fail, ok, type Problem, type Result } from "../base/result.ts";
import {
  elementCount,
  maxRank,
  printShape,
  rowMajorStrides,
  type Shape,
  type Tensor,
  type TensorType,
} from "../base/tensor.ts";
import { type AtLeastOne, defineOp } from "./define.ts";
import { broadcastStrides, copyFrom, stridedOffsets } from "./loops.ts";
import { checkBroadcastsTo, checkDimensions, type Inferred, misfit } from "./shape-rules.ts";

/** The permutation of a transpose; an empty list reverses the axes. */
export function permutationOf(perm: readonly number[], rank: number): readonly number[] {
  return perm.length === 0 ? [...new Array(rank).keys()].reverse() : perm;
}

function at(list: readonly number[], axis: number): number {
  return list[axis] as number;
}

function reshapedShape(x: TensorType, wanted: readonly number[]): Result<Shape, Problem> {
  const count = elementCount(x.shape);
  const known = elementCount(wanted.filter((size) => size !== -1));
  const free = wanted.filter((size) => size === -1).length;
  if (free > 1 || wanted.some((size) => size !== -1 && size < 1)) {
    const rule = "dimensions of at least 1, of which one may be -1";
    return fail(misfit("E0306", { attr: "shape", found: printShape(wanted), expected: rule }));
  }
  if (free === 1 ? count % known !== 0 : count !== known) {
    const wantedCount = free === 1 ? `a multiple of ${known}` : known;
    return fail(
      misfit("E0313", { found: printShape(x.shape), foundCount: count, expected: printShape(wanted), wantedCount }),
    );
  }
  return ok(wanted.map((size) => (size === -1 ? count / known : size)));
}

/** The shape with a size-1 axis put in at each of `axes`, which count in the result. */
function unsqueezedShape(shape: Shape, axes: readonly number[]): Shape {
  const rest = [...shape];
  return [...new Array(shape.length + axes.length).keys()].map((axis) =>
    axes.includes(axis) ? 1 : (rest.shift() as number),
  );
}

function tooManyAxes(axes: readonly number[]): Problem {
  return misfit("E0306", { attr: "axes", found: printShape(axes), expected: `at most ${maxRank} dimensions in all` });
}

function inferSqueeze(x: TensorType, axes: readonly number[]): Inferred {
  const dropped = axes.length === 0 ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : [])) : axes;
  const wide = dropped.find((axis) => x.shape[axis] !== 1);
  if (wide !== undefined) {
    return fail(misfit("E0307", { operand: "x", found: printShape(x.shape), expected: `size 1 at axis ${wide}` }));
  }
  return ok([{ dtype: x.dtype, shape: x.shape.filter((_, axis) => !dropped.includes(axis)) }]);
}

const copyAll = ([x]: readonly [Tensor], _attrs: unknown, [y]: AtLeastOne<Tensor>): void => {
  y.data.set(x.data);
};

export const movementOps = {
  transpose: defineOp({
    kind: "movement",
    facts: { isView: true },
    summary: "permutation of axes",
    detail: "Axis `i` of the result is axis `perm[i]` of `x`. An empty `perm` reverses the axes.",
    source: "ONNX Transpose-13",
    operands: ["x"],
    attrs: { perm: { kind: "perm", default: [], summary: "for each axis of the result the axis of x" } },
    infer: ([x], { perm }) => {
      return ok([{ dtype: x.dtype, shape: permutationOf(perm, x.shape.length).map((axis) => at(x.shape, axis)) }]);
    },
    eval: ([x], { perm }, [y]) => {
      const strides = rowMajorStrides(x.shape);
      const moved = permutationOf(perm, x.shape.length).map((axis) => at(strides, axis));
      copyFrom(x, stridedOffsets(y.shape, moved), y);
    },
    flops: () => 0,
    example: `graph example(x: f32[2, 3, 4]) -> (y: f32[2, 4, 3]) {
  y = transpose(x, perm=[0, 2, 1])
}`,
  }),
  reshape: defineOp({
    kind: "movement",
    facts: { isView: true, keepsOrder: true },
    summary: "the same elements under another shape",
    detail: "The elements stay in row-major order. One dimension may be -1 and is computed from the others.",
    source: "ONNX Reshape-14, without its meaning of 0",
    operands: ["x"],
    attrs: { shape: { kind: "ints", summary: "shape of the result; one dimension may be -1" } },
    infer: ([x], { shape }) => {
      const reshaped = reshapedShape(x, shape);
      return reshaped.ok ? ok([{ dtype: x.dtype, shape: reshaped.value }]) : reshaped;
    },
    eval: copyAll,
    flops: () => 0,
    example: `graph example(x: f32[2, 6]) -> (y: f32[2, 3, 2]) {
  y = reshape(x, shape=[2, 3, -1])
}`,
  }),
  unsqueeze: defineOp({
    kind: "movement",
    facts: { isView: true, keepsOrder: true },
    summary: "new axes of size 1",
    detail: "`axes` are axes of the result; the others are those of `x`, in order.",
    source: "ONNX Unsqueeze-13",
    operands: ["x"],
    attrs: { axes: { kind: "axes", of: "result", summary: "the places of the new axes in the result" } },
    infer: ([x], { axes }) => {
      if (x.shape.length + axes.length > maxRank) return fail(tooManyAxes(axes));
      return ok([{ dtype: x.dtype, shape: unsqueezedShape(x.shape, axes) }]);
    },
    eval: copyAll,
    flops: () => 0,
    example: `graph example(x: f32[2, 3]) -> (y: f32[2, 1, 3]) {
  y = unsqueeze(x, axes=[1])
}`,
  }),
  squeeze: defineOp({
    kind: "movement",
    facts: { isView: true, keepsOrder: true },
    summary: "removal of axes of size 1",
    detail: "Drops `axes`, each of which must have size 1; an empty list drops every axis of size 1.",
    source: "ONNX Squeeze-13",
    operands: ["x"],
    attrs: { axes: { kind: "axes", default: [], summary: "axes to drop; all of size 1 when empty" } },
    infer: ([x], { axes }) => inferSqueeze(x, axes),
    eval: copyAll,
    flops: () => 0,
    example: `graph example(x: f32[2, 1, 3]) -> (y: f32[2, 3]) {
  y = squeeze(x, axes=[1])
}`,
  }),
  broadcast_to: defineOp({
    kind: "movement",
    facts: { isView: true },
    summary: "repetition up to a shape",
    detail:
      "Repeats `x` along new leading axes and along axes of size 1 until it has the shape, as NumPy's `broadcast_to`.",
    source: "ONNX Expand-13, in the direction of the given shape only",
    operands: ["x"],
    attrs: { shape: { kind: "ints", summary: "shape of the result" } },
    infer: ([x], { shape }) => {
      const wrong = checkDimensions("shape", shape) ?? checkBroadcastsTo("x", x.shape, shape);
      return wrong ? fail(wrong) : ok([{ dtype: x.dtype, shape }]);
    },
    eval: ([x], _attrs, [y]) => {
      copyFrom(x, stridedOffsets(y.shape, broadcastStrides(x.shape, y.shape)), y);
    },
    flops: () => 0,
    example: `graph example(x: f32[3]) -> (y: f32[2, 3]) {
  y = broadcast_to(x, shape=[2, 3])
}`,
  }),
};
