// Products of matrices over the element types of ONNX: floats by `matmul`, integers exactly.

import { isFloat } from "../../../../ir-spec/base/dtype.ts";
import { elementRow } from "../elements.ts";
import { cast, op, reshape, scalar, transpose, type Use } from "../use.ts";
import { countOf, type Value } from "../values.ts";
import { widen } from "./integers.ts";

/** The product of matrices, of floats as they are, of integers as i32: those are multiplied one by one, as no sum of floats is exact for all. */
export function multiplyMatrices(use: Use, lhs: Value, rhs: Value): Value {
  if (isFloat(lhs.dtype)) return op(use, "matmul", [lhs, rhs]);
  const [left, right] = [widen(use, lhs), swapLast(use, widen(use, rhs))];
  const rows = reshape(use, left, left.shape.toSpliced(-1, 0, 1));
  const columns = reshape(use, right, right.shape.toSpliced(-2, 0, 1));
  return op(use, "reduce_sum", [op(use, "mul", [rows, columns])], { axes: [-1], keepdims: false });
}

/** The value with its last two axes swapped. */
export function swapLast(use: Use, value: Value): Value {
  const axes = [...value.shape.keys()];
  return transpose(use, value, [...axes.slice(0, -2), ...axes.slice(-2).reverse()]);
}

/** Multiplies operands that may have rank 1: a row on the left and a column on the right. */
export function asMatrices(
  use: Use,
  [lhs, rhs]: readonly [Value, Value],
  multiply: (left: Value, right: Value) => Value,
): Value {
  const left = lhs.shape.length === 1 ? reshape(use, lhs, [1, ...lhs.shape]) : lhs;
  const right = rhs.shape.length === 1 ? reshape(use, rhs, [...rhs.shape, 1]) : rhs;
  const product = multiply(left, right);
  const rank = product.shape.length;
  const shape = product.shape.filter(
    (_size, axis) => !(lhs.shape.length === 1 && axis === rank - 2) && !(rhs.shape.length === 1 && axis === rank - 1),
  );
  return reshape(use, product, shape);
}

/** A quantized operand: its elements, and which of them stands for zero. */
export interface Quantized {
  readonly value: Value;
  readonly zero: Value | undefined;
}

/** A zero point of a left operand is one for all or one for each row. */
const asColumn = (use: Use, zero: Value): Value =>
  zero.shape.length === 1 && countOf(zero) > 1 ? reshape(use, zero, [...zero.shape, 1]) : asScalar(use, zero);

const asScalar = (use: Use, value: Value): Value => (countOf(value) === 1 ? reshape(use, value, []) : value);

/** The product of quantized operands less their zero points: of integers exactly, as i32; of floats of 8 bits in f32. */
export function multiplyQuantized(use: Use, lhs: Quantized, rhs: Quantized): Value {
  const operands = [lhs.value, rhs.value] as const;
  const [left, right] = [lhs.zero && asColumn(use, lhs.zero), rhs.zero && asScalar(use, rhs.zero)];
  if (elementRow(lhs.value.element).kind === "float") {
    const floats = [withoutZero(use, lhs.value, left), withoutZero(use, rhs.value, right)] as const;
    return asMatrices(use, floats, (a, b) => op(use, "matmul", [a, b]));
  }
  const zeros = right === undefined ? [left] : [left ?? scalar(0, lhs.value), right];
  const given = zeros.flatMap((zero) => zero ?? []);
  return asMatrices(use, operands, (a, b) => ({ ...op(use, "matmul_integer", [a, b, ...given]), element: "INT32" }));
}

/** Takes a zero point off numbers of few bits, in f32, where they are exact. */
export function withoutZero(use: Use, value: Value, zero: Value | undefined): Value {
  const wide = { ...cast(use, value, "f32"), element: "FLOAT" } as const;
  return zero === undefined ? wide : op(use, "sub", [wide, cast(use, asScalar(use, zero), "f32")]);
}
