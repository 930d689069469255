// Strided views of tensors in HBM. Transpose, slice, broadcast and most reshapes are metadata-only: they change the
// strides with which the reading kernel accesses the tensor. A view's element [i, j, ...] is at
// `offset + i*strides[0] + j*strides[1] + ...` of the buffer.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import { elementCount, rowMajorStrides, type Shape } from "../../ir-spec/base/tensor.ts";

export interface View {
  readonly buffer: BufferId;
  /** In elements. */
  readonly offset: number;
  readonly shape: Shape;
  /** In elements; 0 repeats. */
  readonly strides: readonly number[];
}

/** The whole of a row-major tensor. */
export function rowMajorView(buffer: BufferId, shape: Shape): View {
  return { buffer, offset: 0, shape, strides: rowMajorStrides(shape) };
}

export function isDense(view: View): boolean {
  const dense = rowMajorStrides(view.shape);
  return view.strides.every((stride, axis) => view.shape[axis] === 1 || stride === dense[axis]);
}

export function permuteView(view: View, perm: readonly number[]): View {
  return {
    ...view,
    shape: perm.map((axis) => view.shape[axis] as number),
    strides: perm.map((axis) => view.strides[axis] as number),
  };
}

/** An operand of a product as [..., rows, contracted] or [..., contracted, columns], whichever way it is given. */
export function orientView(view: View, isTransposed: boolean): View {
  if (!isTransposed) return view;
  const rank = view.shape.length;
  return permuteView(view, [...[...new Array(rank - 2).keys()], rank - 1, rank - 2]);
}

/** Elements starts[axis], starts[axis]+steps[axis], ... along each axis, `sizes[axis]` of them. */
export function sliceView(
  view: View,
  starts: readonly number[],
  sizes: readonly number[],
  steps: readonly number[] = view.shape.map(() => 1),
): View {
  let offset = view.offset;
  starts.forEach((start, axis) => {
    offset += start * (view.strides[axis] as number);
  });
  return {
    ...view,
    offset,
    shape: sizes,
    strides: view.strides.map((stride, axis) => stride * (steps[axis] as number)),
  };
}

/** NumPy broadcasting: new leading axes and axes of size 1 get stride 0. */
export function broadcastView(view: View, shape: Shape): View {
  const missing = shape.length - view.shape.length;
  const strides = shape.map((size, axis) => {
    const axisInView = axis - missing;
    if (axisInView < 0) return 0;
    return view.shape[axisInView] === size ? (view.strides[axisInView] as number) : 0;
  });
  return { ...view, shape, strides };
}

/**
 * The view in another shape, or undefined when no strides can say it (the elements must then be copied).
 * Both shapes are cut into groups with equal element counts; within a group the old axes must be mergeable into one
 * run, which is then split into the new axes.
 */
export function reshapeView(view: View, shape: Shape): View | undefined {
  if (elementCount(view.shape) !== elementCount(shape)) return undefined;
  const old = view.shape
    .map((size, axis) => ({ size, stride: view.strides[axis] as number }))
    .filter(({ size }) => size !== 1);
  const strides = new Array<number>(shape.length).fill(0);
  let oldAxis = 0;
  let newAxis = 0;
  while (newAxis < shape.length) {
    if (shape[newAxis] === 1) {
      newAxis++;
      continue;
    }
    const oldFirst = oldAxis;
    const newFirst = newAxis;
    let oldCount = (old[oldAxis++] as { size: number }).size;
    let newCount = shape[newAxis++] as number;
    while (oldCount !== newCount) {
      if (oldCount < newCount) oldCount *= (old[oldAxis++] as { size: number }).size;
      else newCount *= shape[newAxis++] as number;
    }
    const group = old.slice(oldFirst, oldAxis);
    if (
      !group.every((dim, index) => index === 0 || (group[index - 1] as typeof dim).stride === dim.size * dim.stride)
    ) {
      return undefined;
    }
    let stride = (group[group.length - 1] as { stride: number }).stride;
    for (let axis = newAxis - 1; axis >= newFirst; axis--) {
      strides[axis] = stride;
      stride *= shape[axis] as number;
    }
  }
  return { ...view, shape, strides };
}

/** Whether two views have the same elements at the same places; the stride of a single element does not matter. */
export function isSameView(a: View, b: View): boolean {
  if (a.buffer !== b.buffer || a.offset !== b.offset || a.shape.join() !== b.shape.join()) return false;
  return a.strides.every((stride, axis) => a.shape[axis] === 1 || stride === b.strides[axis]);
}
