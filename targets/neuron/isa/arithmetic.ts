// Arithmetic of the vector, scalar and general engines: f32 after every step, except that the general engine computes on
// i32 operands exactly, and that bitwise operators take elements as they are. Source: AWS Neuron SDK documentation, NKI architecture guide, "data types": engines compute in fp32
// whatever the operands' dtypes; int32 tensor_tensor runs on GpSimd for exactness.

import { type Dtype, dtypeBytes, roundTo } from "../../../ir-spec/base/dtype.ts";
import { type Activation, activations } from "../../../ir-spec/tile-ops/alu.ts";
import type { AnyOperands, Block, Has, UnitName } from "./define.ts";
import { isBitvec, type Operator, type OperatorRow, operatorRow } from "./operators.ts";

export type Binary = (a: number, b: number) => number;
export type Unary = (x: number) => number;

/** True where the engine computes in i32: the general engine, when all operands are i32. */
export function isExactInteger({ operands }: AnyOperands, unit: UnitName): boolean {
  return (
    unit === "pool" && Object.values(operands).every((operand) => operand === undefined || operand.dtype === "i32")
  );
}

/** Converts an operand's element to what the operator works on: f32, or an integer unchanged. */
export function inputOf(name: Operator, args: AnyOperands, unit: UnitName): Unary {
  return isBitvec(name) || isExactInteger(args, unit) ? (x) => x : Math.fround;
}

/** One step of the engine's arithmetic; an operator with one operand leaves the second one alone. */
export function aluStep(name: Operator, args: AnyOperands & Has<"dst">, unit: UnitName): Binary {
  const { apply, class: kind } = operatorRow(name);
  if (kind === "bitvec") return bitStep(apply, args.operands.dst.dtype);
  if (!isExactInteger(args, unit)) return (a, b) => Math.fround(apply(a, b, 0));
  return name === "multiply" ? Math.imul : (a, b) => apply(a, b, 0) | 0;
}

/** An operator on the bits of integers of a dtype. */
function bitStep(apply: OperatorRow["apply"], dtype: Dtype): Binary {
  const bits = dtypeBytes(dtype) * 8;
  const all = 2 ** bits - 1;
  const patternOf = (x: number): number => (x & all) >>> 0;
  return (a, b) => roundTo(dtype, apply(patternOf(a), patternOf(b), bits) | 0);
}

export function activationFunction(name: Activation): Unary {
  const { apply } = activations[name];
  return (x) => Math.fround(apply(x));
}

/** Fills `dst` from the elements at the same place of `src`. */
export function mapBlock(dst: Block, src: Block, f: Unary): void {
  const { data } = src;
  for (let at = 0; at < dst.data.length; at++) dst.data[at] = f(data[at]!);
}
