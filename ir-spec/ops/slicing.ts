// Movement rows that take tensors apart and put them together.

import { fail, ok, type Problem } from "../base/result.ts";
import { printShape, rowMajorStrides, type Shape, type Tensor, type TensorType } from "../base/tensor.ts";
import { type AtLeastOne, defineOp } from "./define.ts";
import { copyFrom, sizeBetween, stridedOffsets } from "./loops.ts";
import { checkCount, checkDtype, checkSameDtype, checkShape, type Inferred, misfit } from "./shape-rules.ts";

interface SliceAttrs {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[];
  readonly steps: readonly number[];
}

/** What a slice takes along one axis: `count` elements from `start`, `step` apart. */
export interface SliceRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** For each axis of `shape` what a slice takes of it. Negative bounds count from the end, then all are clamped. */
export function sliceRanges(shape: Shape, attrs: SliceAttrs): readonly SliceRange[] {
  const clamp = (bound: number, size: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, 0), size);
  return shape.map((size, axis) => {
    const entry = attrs.axes.length === 0 ? axis : attrs.axes.indexOf(axis);
    const start = clamp(attrs.starts[entry] ?? 0, size);
    const end = clamp(attrs.ends[entry] ?? size, size);
    const step = attrs.steps[entry] ?? 1;
    return { start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  });
}

function inferSlice(x: TensorType, attrs: SliceAttrs): Inferred {
  const { starts, ends, axes, steps } = attrs;
  const rank = x.shape.length;
  const wrong =
    (axes.length === 0 ? undefined : checkCount("axes", axes, starts.length)) ??
    (starts.length > rank ? checkCount("starts", starts, rank) : undefined) ??
    checkCount("ends", ends, starts.length) ??
    (steps.length === 0 ? undefined : checkCount("steps", steps, starts.length)) ??
    (steps.every((step) => step >= 1)
      ? undefined
      : misfit("E0306", { attr: "steps", found: printShape(steps), expected: "steps of at least 1" }));
  if (wrong) return fail(wrong);
  const shape = sliceRanges(x.shape, attrs).map((range) => range.count);
  const empty = shape.indexOf(0);
  return empty < 0 ? ok([{ dtype: x.dtype, shape }]) : fail(misfit("E0312", { axis: empty, size: 0 }));
}

function inferUpdateSlice([x, update]: readonly [TensorType, TensorType], starts: readonly number[]): Inferred {
  const rank = x.shape.length;
  const wrong = checkSameDtype(x, update) ?? checkCount("starts", starts, rank);
  if (wrong) return fail(wrong);
  if (update.shape.length !== rank) {
    return fail(misfit("E0304", { operand: "update", found: update.shape.length, expected: `that of x, ${rank}` }));
  }
  for (let axis = 0; axis < rank; axis++) {
    const start = starts[axis] as number;
    const last = start + (update.shape[axis] as number) - 1;
    const limit = (x.shape[axis] as number) - 1;
    if (start < 0 || last > limit) return fail(misfit("E0314", { start, last, axis, limit }));
  }
  return ok([x]);
}

function inferConcat(types: AtLeastOne<TensorType>, { axis }: { readonly axis: number }): Inferred {
  const [first] = types;
  const rank = first.shape.length;
  let joined = 0;
  for (const [index, type] of types.entries()) {
    if (type.shape.length !== rank) {
      return fail(misfit("E0304", { operand: index, found: type.shape.length, expected: rank }));
    }
    const wanted = first.shape.with(axis, type.shape[axis] ?? 1);
    const misfits = checkSameDtype(first, type) ?? checkShape(`${index}`, type.shape, wanted);
    if (misfits) return fail(misfits);
    joined += type.shape[axis] as number;
  }
  return ok([{ dtype: first.dtype, shape: first.shape.with(axis, joined) }]);
}

interface SplitAttrs {
  readonly sizes: readonly number[];
  readonly num_outputs: number | null;
  readonly axis: number;
}

/** The sizes of a split's results along its axis, which has `size` elements. */
function splitSizes(attrs: SplitAttrs, size: number): readonly number[] {
  if (attrs.num_outputs === null) return attrs.sizes;
  const part = Math.ceil(size / attrs.num_outputs);
  return [...new Array(attrs.num_outputs).keys()].map((index) => Math.min(part, size - index * part));
}

/** Assumed: each part gets a name in the text, and nobody writes more. */
const maxParts = 65_536;

/** Checked before the parts are listed, since a short number asks for many. */
function checkPartCount({ num_outputs: parts, axis }: SplitAttrs, size: number): Problem | undefined {
  if (parts === null) return undefined;
  if (parts > size) return misfit("E0312", { axis, size: 0 });
  return parts > maxParts
    ? misfit("E0306", { attr: "num_outputs", found: parts, expected: `at most ${maxParts}` })
    : undefined;
}

function inferSplit(x: TensorType, attrs: SplitAttrs): Inferred {
  if ((attrs.num_outputs === null) === (attrs.sizes.length === 0)) {
    const found = attrs.num_outputs === null ? "missing" : "given beside num_outputs";
    return fail(misfit("E0306", { attr: "sizes", found, expected: "either sizes or num_outputs" }));
  }
  const { axis } = attrs;
  const size = x.shape[axis] as number;
  const tooMany = checkPartCount(attrs, size);
  if (tooMany) return fail(tooMany);
  const sizes = splitSizes(attrs, size);
  const total = sizes.reduce((sum, part) => sum + part, 0);
  const empty = sizes.find((part) => part < 1);
  if (empty !== undefined) return fail(misfit("E0312", { axis, size: empty }));
  if (total !== size) {
    return fail(
      misfit("E0306", { attr: "sizes", found: `${printShape(sizes)} with sum ${total}`, expected: `a sum of ${size}` }),
    );
  }
  return ok(sizes.map((part) => ({ dtype: x.dtype, shape: x.shape.with(axis, part) })));
}

function inferGather([x, indices]: readonly [TensorType, TensorType], axis: number): Inferred {
  const wrong = checkDtype("indices", indices, ["i32"]);
  if (wrong) return fail(wrong);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return ok([{ dtype: x.dtype, shape }]);
}

/** Copies `part` into `whole` or back: the block of `whole` that begins at `start` along `axis`. */
function blockOffsets(whole: Shape, part: Shape, axis: number, start: number): Int32Array {
  const strides = rowMajorStrides(whole);
  return stridedOffsets(part, strides, start * (strides[axis] as number));
}

function evalGather(x: Tensor, indices: Tensor, { axis }: { readonly axis: number }, y: Tensor): void {
  const size = x.shape[axis] as number;
  const outer = sizeBetween(x.shape, 0, axis);
  const inner = sizeBetween(x.shape, axis + 1, x.shape.length);
  let position = 0;
  for (let block = 0; block < outer; block++) {
    for (const index of indices.data) {
      const start = (block * size + index) * inner;
      const isInside = index >= 0 && index < size;
      for (let offset = 0; offset < inner; offset++) {
        y.data[position++] = isInside ? x.data[start + offset]! : Number.NaN;
      }
    }
  }
}

export const slicingOps = {
  slice: defineOp({
    kind: "movement",
    facts: { isView: true },
    summary: "a part of a tensor",
    detail:
      "Takes, along each of `axes`, the elements `start, start + step, ...` before `end`. Negative bounds count from the end; bounds beyond it are clamped. An empty `axes` means the first axes in order; an empty `steps` means 1. Steps are at least 1.",
    source: "ONNX Slice-13, with bounds as attributes and positive steps",
    operands: ["x"],
    attrs: {
      starts: { kind: "ints", summary: "first element along each axis" },
      ends: { kind: "ints", summary: "one past the last element along each axis" },
      axes: { kind: "axes", default: [], summary: "axes that the bounds are for; the first ones when empty" },
      steps: { kind: "ints", default: [], summary: "distance of the elements taken; 1 when empty" },
    },
    infer: ([x], attrs) => inferSlice(x, attrs),
    eval: ([x], attrs, [y]) => {
      const strides = rowMajorStrides(x.shape);
      const ranges = sliceRanges(x.shape, attrs);
      const base = ranges.reduce((sum, range, axis) => sum + range.start * (strides[axis] as number), 0);
      const stepped = ranges.map((range, axis) => range.step * (strides[axis] as number));
      copyFrom(x, stridedOffsets(y.shape, stepped, base), y);
    },
    flops: () => 0,
    example: `graph example(x: f32[4, 6]) -> (y: f32[4, 2]) {
  y = slice(x, starts=[-4], ends=[6], axes=[1], steps=[2])
}`,
  }),
  update_slice: defineOp({
    kind: "movement",
    summary: "a tensor with a part overwritten",
    detail:
      "The result is `x` with `update` written at `starts`, one per axis. The update must lie within `x`; nothing is clamped. On a `state` parameter this is the way to write into a cache.",
    source: "StableHLO dynamic_update_slice, with constant starts",
    operands: ["x", "update"],
    attrs: { starts: { kind: "ints", summary: "for each axis where the update begins" } },
    infer: (types, { starts }) => inferUpdateSlice(types, starts),
    eval: ([x, update], { starts }, [y]) => {
      y.data.set(x.data);
      const strides = rowMajorStrides(y.shape);
      const base = starts.reduce((sum, start, axis) => sum + start * (strides[axis] as number), 0);
      const offsets = stridedOffsets(update.shape, strides, base);
      for (let position = 0; position < offsets.length; position++) y.data[offsets[position]!] = update.data[position]!;
    },
    flops: () => 0,
    example: `graph example(state cache: f32[8, 4], x: f32[1, 4]) -> (y: f32[8, 4]) {
  cache = update_slice(cache, x, starts=[3, 0])
  y = cache
}`,
  }),
  concat: defineOp({
    kind: "movement",
    summary: "concatenates tensors along an axis",
    detail: "Joins one or more tensors of one dtype along `axis`; their other dimensions are equal.",
    source: "ONNX Concat-13",
    operands: ["...xs"],
    attrs: { axis: { kind: "axis", summary: "axis along which they are joined" } },
    infer: inferConcat,
    eval: (inputs, { axis }, [y]) => {
      let start = 0;
      for (const x of inputs) {
        const offsets = blockOffsets(y.shape, x.shape, axis, start);
        for (let position = 0; position < offsets.length; position++) y.data[offsets[position]!] = x.data[position]!;
        start += x.shape[axis] as number;
      }
    },
    flops: () => 0,
    example: `graph example(x: f32[2, 3], y: f32[2, 1]) -> (z: f32[2, 4]) {
  z = concat(x, y, axis=1)
}`,
  }),
  split: defineOp({
    kind: "movement",
    facts: { isView: true },
    summary: "a tensor cut into several",
    detail:
      "Cuts `x` along `axis` into parts of the given `sizes`, or into `num_outputs` equal parts, of which the last is smaller where the size does not divide. Either `sizes` or `num_outputs` is given. Several results: `a, b = split(x, num_outputs=2)`.",
    source: "ONNX Split-18, with sizes as an attribute",
    operands: ["x"],
    attrs: {
      sizes: { kind: "ints", default: [], summary: "size of each part along the axis" },
      num_outputs: { kind: "int", min: 1, optional: true, summary: "number of equal parts" },
      axis: { kind: "axis", default: 0, summary: "axis to cut" },
    },
    infer: ([x], attrs) => inferSplit(x, attrs),
    eval: ([x], { axis }, outputs) => {
      let start = 0;
      for (const y of outputs) {
        copyFrom(x, blockOffsets(x.shape, y.shape, axis, start), y);
        start += y.shape[axis] as number;
      }
    },
    flops: () => 0,
    example: `graph example(x: f32[2, 6]) -> (a: f32[2, 2], b: f32[2, 4]) {
  a, b = split(x, sizes=[2, 4], axis=1)
}`,
  }),
  gather: defineOp({
    kind: "movement",
    summary: "elements picked by index",
    detail:
      "`result[..., i..., ...] = x[..., indices[i...], ...]` at `axis`: the axis is replaced by the axes of `indices`. Indices are `i32` from 0 to the axis' size - 1; beyond that the elements are NaN in floats, 0 in integers and true in bools (what a cast makes of NaN). On a table [vocabulary, width] this looks up embeddings.",
    source: "ONNX Gather-13, without negative indices",
    operands: ["x", "indices"],
    attrs: { axis: { kind: "axis", default: 0, summary: "axis of x that the indices pick from" } },
    infer: (types, { axis }) => inferGather(types, axis),
    eval: ([x, indices], attrs, [y]) => evalGather(x, indices, attrs, y),
    indexBound: ([x], { axis }) => x.shape[axis] as number,
    flops: () => 0,
    example: `graph example(weight table: f32[10, 4], tokens: i32[3]) -> (y: f32[3, 4]) {
  y = gather(table, tokens)
}`,
  }),
};
