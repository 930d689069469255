// The loops under the reference meanings: where an element of one tensor lies in another.

import { rowMajorStrides, type Shape, type Tensor } from "../base/tensor.ts";

/**
 * For each index of `shape`, in row-major order, the offset `base + sum(index[axis] * strides[axis])`.
 * A stride of 0 repeats (broadcasting) or reduces an axis.
 */
export function stridedOffsets(shape: Shape, strides: readonly number[], base = 0): Int32Array {
  let offsets = Int32Array.of(base);
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] as number;
    const stride = strides[axis] as number;
    const next = new Int32Array(offsets.length * size);
    let position = 0;
    for (const offset of offsets) {
      for (let index = 0; index < size; index++) next[position++] = offset + index * stride;
    }
    offsets = next;
  }
  return offsets;
}

/** Strides that read a tensor of shape `from` as if it had shape `to`, to which it broadcasts. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = rowMajorStrides(from);
  const added = to.length - from.length;
  return to.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : (strides[axis - added] as number)));
}

/** The last axes of a walk, which it goes along in one run. */
export interface InnermostRun {
  /** The first of the axes; those before it are walked one by one. */
  readonly firstAxis: number;
  readonly runElements: number;
  /** Whether the run is one element over and over; else its elements are neighbours. */
  readonly isRepeated: boolean;
}

/** The longest run at the end of a walk along `shape` with these strides. */
export function innermostRun(shape: Shape, strides: readonly number[]): InnermostRun {
  let firstAxis = shape.length;
  let runElements = 1;
  let isRepeated: boolean | undefined;
  for (; firstAxis > 0; firstAxis--) {
    const size = shape[firstAxis - 1] as number;
    const stride = strides[firstAxis - 1] as number;
    if (size === 1) continue;
    isRepeated ??= stride === 0;
    if (stride !== (isRepeated ? 0 : runElements)) break;
    runElements *= size;
  }
  return { firstAxis, runElements, isRepeated: isRepeated ?? false };
}

/** Row-major strides of the shape with `axes` made 1, and 0 along those axes: where each element is reduced to. */
export function reductionStrides(shape: Shape, axes: readonly number[]): number[] {
  const reduced = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return rowMajorStrides(reduced).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
}

/** Fills `to` with the elements of `from` at the offsets. */
export function copyFrom(from: Tensor, offsets: Int32Array, to: Tensor): void {
  for (let position = 0; position < offsets.length; position++) to.data[position] = from.data[offsets[position]!]!;
}

/** The product of the sizes of axes `first` up to, not including, `end`. */
export function sizeBetween(shape: Shape, first: number, end: number): number {
  return shape.slice(first, end).reduce((product, size) => product * size, 1);
}
