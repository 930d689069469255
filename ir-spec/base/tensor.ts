// Tensor types and tensor values. Shapes are concrete; row-major order, last dimension innermost.

import { type Dtype, dtypeBytes } from "./dtype.ts";

export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/** A tensor with its values: f64 numbers, each already a value of the dtype unless a caller says otherwise. */
export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** As in NumPy 2 (elements of a shape). */
export const maxRank = 64;
/** Indices into a dimension are i32. */
export const maxDimension = 2 ** 31 - 1;
/** Assumed: far more than any machine's memory holds, yet addresses and counts of many such tensors are exact numbers. */
export const maxElements = 2 ** 40;

/** What of a shape is larger than any tensor may be; undefined where nothing is. */
export function oversize(shape: Shape): { readonly found: string; readonly limit: string } | undefined {
  if (shape.length > maxRank) return { found: `${shape.length} dimensions`, limit: `${maxRank} dimensions` };
  const largest = Math.max(0, ...shape);
  if (largest > maxDimension) return { found: `a dimension of ${largest}`, limit: `${maxDimension}` };
  const count = elementCount(shape);
  return count > maxElements ? { found: `${count} elements`, limit: `${maxElements} elements` } : undefined;
}

export function elementCount(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Size in memory (B). */
export function tensorBytes(type: TensorType): number {
  return elementCount(type.shape) * dtypeBytes(type.dtype);
}

/** Strides of a row-major tensor, in elements. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (shape[axis + 1] as number);
  }
  return strides;
}

export function makeTensor(type: TensorType): Tensor {
  return { dtype: type.dtype, shape: type.shape, data: new Float64Array(elementCount(type.shape)) };
}

export function shapesEqual(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

export function typesEqual(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && shapesEqual(a.shape, b.shape);
}

/** `[128, 768]` */
export function printShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** `bf16[128, 768]` */
export function printType(type: TensorType): string {
  return `${type.dtype}${printShape(type.shape)}`;
}
