// Products of integers of 8 bits, as quantized models have them. The array multiplies floats: it has sums below 2^24 exactly, so longer
// ones are made in parts, which are added up as i32.

import type { Dtype } from "../base/dtype.ts";
import type { ValueId } from "../base/ids.ts";
import { fail, ok, type Problem } from "../base/result.ts";
import { elementCount, makeTensor, type Tensor, type TensorType } from "../base/tensor.ts";
import { contractOps } from "./contract.ts";
import { defineOp, type Expander } from "./define.ts";
import { spread } from "./elementwise-makers.ts";
import { checkBroadcastsTo, checkDtype, checkSameDtype } from "./shape-rules.ts";
import { widen } from "./widening.ts";

const bytes: readonly Dtype[] = ["i8", "u8"];

/** A number of 8 bits less another is at most 255 away from 0: so many products of two such add up to less than 2^24. */
export const exactTerms = Math.floor(2 ** 24 / 255 ** 2);

const asFloats = ({ shape }: TensorType): TensorType => ({ dtype: "f32", shape });
const noTransposes = { transpose_lhs: false, transpose_rhs: false };

function checkZero(operand: string, x: TensorType, zero: TensorType | undefined): Problem | undefined {
  if (zero === undefined) return undefined;
  return checkSameDtype(x, zero) ?? checkBroadcastsTo(operand, zero.shape, x.shape);
}

/** The numbers less what stands for zero among them. */
function lessZero(x: Tensor, zero: Tensor | undefined): Tensor {
  const less = zero === undefined ? undefined : spread(zero, x);
  return { ...asFloats(x), data: less === undefined ? x.data : x.data.map((value, index) => value - less[index]!) };
}

function expandLessZero(b: Expander, x: ValueId, zero: ValueId | undefined): ValueId {
  const wide = widen(b, x);
  return zero === undefined ? wide : b.op("sub", [wide, widen(b, zero)]);
}

/** The product part by part of the contracted dimension. */
function expandProduct(b: Expander, lhs: ValueId, rhs: ValueId): ValueId {
  const size = b.typeOf(lhs).shape.at(-1) as number;
  const part = (value: ValueId, axis: number, start: number): ValueId =>
    size <= exactTerms
      ? value
      : b.op("slice", [value], { starts: [start], ends: [Math.min(size, start + exactTerms)], axes: [axis] });
  const starts = [...new Array(Math.ceil(size / exactTerms)).keys()].map((index) => index * exactTerms);
  return starts
    .map((start) => b.op("matmul", [part(lhs, -1, start), part(rhs, -2, start)]))
    .map((product) => b.op("cast", [product], { to: "i32" }))
    .reduce((sum, product) => b.op("add", [sum, product]));
}

export const integerProductOps = {
  matmul_integer: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "matrix product of integers",
    detail:
      "`matmul(lhs - lhs_zero, rhs - rhs_zero)` as i32, exactly; beyond 32 bits it wraps around. `lhs` and `rhs` are i8 or u8, each with a zero of its own dtype that broadcasts to it, or none.",
    source: "ONNX MatMulInteger-10",
    operands: ["lhs", "rhs", "lhs_zero?", "rhs_zero?"],
    attrs: {},
    infer: ([lhs, rhs, lhsZero, rhsZero]) => {
      const wrong =
        checkDtype("lhs", lhs, bytes) ??
        checkDtype("rhs", rhs, bytes) ??
        checkZero("lhs_zero", lhs, lhsZero) ??
        checkZero("rhs_zero", rhs, rhsZero);
      if (wrong) return fail(wrong);
      const product = contractOps.matmul.infer([asFloats(lhs), asFloats(rhs)], noTransposes);
      return product.ok ? ok(product.value.map(({ shape }) => ({ dtype: "i32", shape }))) : product;
    },
    eval: ([lhs, rhs, lhsZero, rhsZero], _attrs, [y]) => {
      const product = makeTensor(asFloats(y));
      contractOps.matmul.eval([lessZero(lhs, lhsZero), lessZero(rhs, rhsZero)], noTransposes, [product]);
      y.data.set(product.data);
    },
    flops: ([lhs], [y]) => 2 * elementCount(y.shape) * (lhs.shape.at(-1) as number),
    expand: (b, [lhs, rhs, lhsZero, rhsZero]) => [
      expandProduct(b, expandLessZero(b, lhs, lhsZero), expandLessZero(b, rhs, rhsZero)),
    ],
    example: `graph example(lhs: u8[2, 3], rhs: i8[3, 4], zero: u8[]) -> (y: i32[2, 4]) {
  y = matmul_integer(lhs, rhs, zero)
}`,
  }),
};
