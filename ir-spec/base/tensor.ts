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
