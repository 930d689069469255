// Gathers with an index for each element, or a tuple of indices for each row: `gather` of computed positions.

import { type Dtype, roundTo } from "../base/dtype.ts";
import type { ValueId } from "../base/ids.ts";
import { fail, ok, type Problem } from "../base/result.ts";
import {
  elementCount,
  printShape,
  rowMajorStrides,
  type Shape,
  shapesEqual,
  type Tensor,
  type TensorType,
} from "../base/tensor.ts";
import { type AtLeastOne, defineOp, type Expander } from "./define.ts";
import { stridedOffsets } from "./loops.ts";
import { checkDtype, checkMinRank, misfit } from "./shape-rules.ts";

const outside = (dtype: Dtype): number => roundTo(dtype, Number.NaN);

const isInside = (index: number, size: number): boolean => index >= 0 && index < size;

/** Checks that indices have an entry for each axis of x, and no more than x has along all but one. */
export function checkElementwise(x: TensorType, indices: TensorType, axis: number): Problem | undefined {
  const wrong = checkDtype("indices", indices, ["i32"]);
  if (wrong) return wrong;
  if (indices.shape.length !== x.shape.length) {
    return misfit("E0304", {
      operand: "indices",
      found: indices.shape.length,
      expected: `that of x, ${x.shape.length}`,
    });
  }
  const isFit = indices.shape.every((size, at) => at === axis || size <= (x.shape[at] as number));
  const expected = `at most ${printShape(x.shape)} along all axes but ${axis}`;
  return isFit ? undefined : misfit("E0307", { operand: "indices", found: printShape(indices.shape), expected });
}

/** For each index where it points to in x, in the other axes at its own place; -1 where it lies outside. */
export function elementOffsets({ shape }: TensorType, indices: Tensor, axis: number): Int32Array {
  const strides = rowMajorStrides(shape);
  const others = stridedOffsets(
    indices.shape,
    strides.map((stride, at) => (at === axis ? 0 : stride)),
  );
  return others.map((offset, position) => {
    const index = indices.data[position]!;
    return isInside(index, shape[axis] as number) ? offset + index * (strides[axis] as number) : -1;
  });
}

function pickFrom({ data, dtype }: Tensor, offset: number): number {
  return offset < 0 ? outside(dtype) : data[offset]!;
}

/** Whether indices lie within an axis, as bools. */
function insideOf(b: Expander, indices: ValueId, size: number): ValueId {
  const isNotBelow = b.op("greater_or_equal", [indices, b.scalar(0, indices)]);
  return b.op("logical_and", [isNotBelow, b.op("less", [indices, b.scalar(size, indices)])]);
}

interface IndexPart {
  readonly indices: ValueId;
  readonly size: number;
  readonly stride: number;
}

function scaled(b: Expander, indices: ValueId, stride: number): ValueId {
  return stride === 1 ? indices : b.op("mul", [indices, b.scalar(stride, indices)]);
}

/** Indices times the strides of their axes, plus the places that they have anyway; -1 where one lies outside. */
function positionsOf(b: Expander, parts: AtLeastOne<IndexPart>, places: readonly ValueId[]): ValueId {
  const terms = [...parts.map(({ indices, stride }) => scaled(b, indices, stride)), ...places];
  const sum = terms.reduce((left, right) => b.op("add", [left, right]));
  const isFit = parts
    .map(({ indices, size }) => insideOf(b, indices, size))
    .reduce((left, right) => b.op("logical_and", [left, right]));
  return b.op("where", [isFit, sum, b.scalar(-1, sum)]);
}

/** How many elements of another tensor lie before each index of `shape` along the axes, each a term of a sum that broadcasts. */
function placesAlong(
  b: Expander,
  shape: Shape,
  strides: readonly number[],
  axes: readonly number[],
): readonly ValueId[] {
  return axes
    .filter((axis) => (shape[axis] as number) > 1)
    .map((axis) => {
      const along = shape.map((size, at) => (at === axis ? size : 1));
      return scaled(b, b.op("iota", [], { shape: along, axis, dtype: "i32" }), strides[axis] as number);
    });
}

function expandGatherElements(b: Expander, x: ValueId, indices: ValueId, axis: number): ValueId {
  const { shape } = b.typeOf(x);
  const strides = rowMajorStrides(shape);
  const others = [...shape.keys()].filter((each) => each !== axis);
  const places = placesAlong(b, b.typeOf(indices).shape, strides, others);
  const part = { indices, size: shape[axis] as number, stride: strides[axis] as number };
  return b.op("gather", [b.op("reshape", [x], { shape: [-1] }), positionsOf(b, [part], places)]);
}

/** How many of x's axes one tuple of indices picks from, and how many elements it picks. */
export interface Tuples {
  readonly depth: number;
  readonly batch: number;
  readonly inner: number;
}

export function tuplesOf({ shape }: TensorType, indices: TensorType, batch: number): Tuples {
  const depth = indices.shape.at(-1) as number;
  return { depth, batch, inner: elementCount(shape.slice(batch + depth)) };
}

/** What every index of a tuple may be below. */
export function tupleBound(x: TensorType, indices: TensorType, batch: number): number {
  return Math.min(...x.shape.slice(batch, batch + (indices.shape.at(-1) as number)));
}

/** Checks that the last axis of indices has an entry for each of the first axes of x, after those of the batch. */
export function checkTuples(x: TensorType, indices: TensorType, batch: number): Problem | undefined {
  const wrong =
    checkDtype("indices", indices, ["i32"]) ??
    checkMinRank("indices", indices, batch + 1) ??
    checkMinRank("x", x, batch + 1);
  if (wrong) return wrong;
  const depth = indices.shape.at(-1) as number;
  const most = x.shape.length - batch;
  const { shape } = indices;
  if (depth > most) {
    return misfit("E0307", {
      operand: "indices",
      found: printShape(shape),
      expected: `a last dimension of at most ${most}`,
    });
  }
  const isSame = shapesEqual(shape.slice(0, batch), x.shape.slice(0, batch));
  const expected = `the first ${batch} dimensions of ${printShape(x.shape)}`;
  return isSame ? undefined : misfit("E0307", { operand: "indices", found: printShape(shape), expected });
}

/** For each tuple the number of the row of x that it picks, with rows of `inner` elements; -1 where one of its indices lies outside. */
export function tupleRows({ shape }: TensorType, indices: Tensor, { depth, batch }: Tuples): Int32Array {
  const picked = shape.slice(batch, batch + depth);
  const strides = rowMajorStrides(picked);
  const rows = elementCount(picked);
  const perBatch = elementCount(indices.shape.slice(batch, -1));
  return Int32Array.from({ length: indices.data.length / depth }, (_unused, tuple) => {
    const given = indices.data.subarray(tuple * depth, (tuple + 1) * depth);
    const isFit = given.every((index, axis) => isInside(index, picked[axis] as number));
    const row = given.reduce((sum, index, axis) => sum + index * (strides[axis] as number), 0);
    return isFit ? Math.floor(tuple / perBatch) * rows + row : -1;
  });
}

/** The same as a value, of the shape of indices without their last axis. */
export function expandTupleRows(b: Expander, shape: Shape, indices: ValueId, batch: number): ValueId {
  const type = b.typeOf(indices);
  const depth = type.shape.at(-1) as number;
  const strides = rowMajorStrides(shape.slice(0, batch + depth));
  const tuples = type.shape.slice(0, -1);
  const parts = [...new Array(depth).keys()].map((axis): IndexPart => {
    const column = b.op("slice", [indices], { starts: [axis], ends: [axis + 1], axes: [-1] });
    const flat = b.op("reshape", [column], { shape: tuples });
    return { indices: flat, size: shape[batch + axis] as number, stride: strides[batch + axis] as number };
  });
  return positionsOf(
    b,
    parts as unknown as AtLeastOne<IndexPart>,
    placesAlong(b, tuples, strides, [...new Array(batch).keys()]),
  );
}

export const indexingOps = {
  gather_elements: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "elements picked by an index for each",
    detail:
      "`result[i, j, ...] = x[indices[i, j, ...], j, ...]` for `axis=0`, and so for the others: along `axis` the index counts, along the others the element's own place. `indices` are `i32` and have the rank of `x`; along the other axes they are not larger. Beyond the axis the elements are what `gather` gives there.",
    source: "ONNX GatherElements-13, without negative indices",
    operands: ["x", "indices"],
    attrs: { axis: { kind: "axis", default: 0, summary: "axis of x that the indices pick from" } },
    infer: ([x, indices], { axis }) => {
      const wrong = checkElementwise(x, indices, axis);
      return wrong ? fail(wrong) : ok([{ dtype: x.dtype, shape: indices.shape }]);
    },
    eval: ([x, indices], { axis }, [y]) => {
      for (const [position, offset] of elementOffsets(x, indices, axis).entries())
        y.data[position] = pickFrom(x, offset);
    },
    indexBound: ([x], { axis }) => x.shape[axis] as number,
    flops: () => 0,
    expand: (b, [x, indices], { axis }) => [expandGatherElements(b, x, indices, axis)],
    example: `graph example(x: f32[3, 4], indices: i32[2, 4]) -> (y: f32[2, 4]) {
  y = gather_elements(x, indices, axis=0)
}`,
  }),
  gather_nd: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "rows picked by tuples of indices",
    detail:
      "The last axis of `indices` holds tuples: each picks from the first axes of `x`, after `batch_dims` ones that both share, and what is left of `x` takes its place. `indices` are `i32`; where one lies outside, the elements are what `gather` gives there.",
    source: "ONNX GatherND-13, without negative indices",
    operands: ["x", "indices"],
    attrs: { batch_dims: { kind: "int", min: 0, default: 0, summary: "axes that both operands have in common" } },
    infer: ([x, indices], { batch_dims: batch }) => {
      const wrong = checkTuples(x, indices, batch);
      if (wrong) return fail(wrong);
      const { depth } = tuplesOf(x, indices, batch);
      return ok([{ dtype: x.dtype, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)] }]);
    },
    eval: ([x, indices], { batch_dims: batch }, [y]) => {
      const tuples = tuplesOf(x, indices, batch);
      for (const [tuple, row] of tupleRows(x, indices, tuples).entries()) {
        for (let column = 0; column < tuples.inner; column++) {
          y.data[tuple * tuples.inner + column] = pickFrom(x, row < 0 ? -1 : row * tuples.inner + column);
        }
      }
    },
    indexBound: ([x, indices], { batch_dims: batch }) => tupleBound(x, indices, batch),
    flops: () => 0,
    expand: (b, [x, indices], { batch_dims: batch }) => {
      const type = b.typeOf(x);
      const { depth } = tuplesOf(type, b.typeOf(indices), batch);
      const rest = type.shape.slice(batch + depth);
      const rows = b.op("reshape", [x], { shape: [elementCount(type.shape.slice(0, batch + depth)), ...rest] });
      return [b.op("gather", [rows, expandTupleRows(b, type.shape, indices, batch)])];
    },
    example: `graph example(x: f32[3, 4, 5], indices: i32[2, 2]) -> (y: f32[2, 5]) {
  y = gather_nd(x, indices)
}`,
  }),
};
