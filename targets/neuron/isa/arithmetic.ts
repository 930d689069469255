// Arithmetic of the vector, scalar and general engines: f32 after every step, except that the general engine computes on
// i32 operands exactly. Source: AWS Neuron SDK documentation, NKI architecture guide, "data types": engines compute in fp32
// whatever the operands' dtypes; int32 tensor_tensor runs on GpSimd for exactness.

import { type ActivationRow, type AluRow, activations, aluOps } from "../../../ir-spec/tile-ops/alu.ts";
import type { Block, ResolvedArgs, UnitName } from "./define.ts";

export type Binary = (a: number, b: number) => number;
export type Unary = (x: number) => number;

const notANumber = (): number => Number.NaN;

/** True where the engine computes in i32: the general engine, when all operands are i32. */
export function isExactInteger(args: ResolvedArgs, unit: UnitName): boolean {
  return unit === "pool" && Object.values(args.operands).every(({ dtype }) => dtype === "i32");
}

/** Converts an operand's element to what the engine computes with: f32, or i32 unchanged. */
export function inputOf(args: ResolvedArgs, unit: UnitName): Unary {
  return isExactInteger(args, unit) ? (x) => x : Math.fround;
}

/** One step of the engine's arithmetic. */
export function aluStep(name: string | undefined, args: ResolvedArgs, unit: UnitName): Binary {
  const apply = (aluOps as Readonly<Record<string, AluRow>>)[name ?? ""]?.apply ?? notANumber;
  if (!isExactInteger(args, unit)) return (a, b) => Math.fround(apply(a, b));
  return name === "multiply" ? Math.imul : (a, b) => apply(a, b) | 0;
}

export function activationFunction(name: string | undefined): Unary {
  const apply = (activations as Readonly<Record<string, ActivationRow>>)[name ?? ""]?.apply ?? notANumber;
  return (x) => Math.fround(apply(x));
}

/** Fills `dst` from the elements at the same place of `src`. */
export function mapBlock(dst: Block, src: Block, f: Unary): void {
  const { data } = src;
  for (let at = 0; at < dst.data.length; at++) dst.data[at] = f(data[at]!);
}
