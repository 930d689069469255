// Constraints that several instructions share. Each returns the problems that it finds.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { type AnyOperands, freeSize, type Has, type OperandName, type ResolvedOperand } from "./define.ts";

/** The operand, if it is given, must have the shape [partitions, elements]. */
export function wantShape<A extends AnyOperands>(
  { operands }: A,
  name: OperandName<A>,
  partitions: number,
  elements: number,
): readonly Problem[] {
  const operand = operands[name];
  if (operand === undefined) return [];
  const found = freeSize(operand);
  if (operand.partitions === partitions && found === elements) return [];
  const shapes = { found: `${operand.partitions}, ${found}`, expected: `${partitions}, ${elements}` };
  return [problem("E0701", { operand: name, ...shapes })];
}

/** The operands, where given, must have the shape of `dst`. */
export function wantShapeOfDst<A extends AnyOperands & Has<"dst">>(
  args: A,
  names: readonly OperandName<A>[],
): readonly Problem[] {
  const { dst } = args.operands;
  return names.flatMap((name) => wantShape(args, name, dst.partitions, freeSize(dst)));
}

/** The operands, where given, must have one element for each partition of `dst`. */
export function wantColumns<A extends AnyOperands & Has<"dst">>(
  args: A,
  names: readonly OperandName<A>[],
): readonly Problem[] {
  return names.flatMap((name) => wantShape(args, name, args.operands.dst.partitions, 1));
}

/** The operand must have the dtype of `dst`. */
export function wantSameDtype<const N extends string>({ operands }: Has<N> & Has<"dst">, name: N): readonly Problem[] {
  const { dtype } = operands[name];
  const wanted = operands.dst.dtype;
  return dtype === wanted ? [] : [problem("E0707", { operand: name, found: dtype, expected: `${wanted}, as dst` })];
}

/** A rule that is not about shapes: what it is about, what was found, and what was wanted. */
export function wantThat(holds: boolean, what: string, found: string | number, wanted: string): readonly Problem[] {
  return holds ? [] : [problem("E0715", { what, found, expected: wanted })];
}

export function wantAtMost(what: string, found: number, limit: number): readonly Problem[] {
  return found <= limit ? [] : [problem("E0705", { what, found, limit })];
}

/** At most one of two inputs may lie in PSUM. */
export function wantOneInPsum<A extends AnyOperands>(
  { operands }: A,
  left: OperandName<A>,
  right: OperandName<A>,
): readonly Problem[] {
  const both = operands[left]?.memory === "psum" && operands[right]?.memory === "psum";
  return both ? [problem("E0710", { left, right })] : [];
}

/** One past the last byte that the operand touches in a partition, counted from its address (B). */
export function spanBytes(operand: ResolvedOperand): number {
  let lastElement = 0;
  for (const [dim, size] of operand.sizes.entries()) lastElement += (size - 1) * (operand.strides[dim] ?? 0);
  return (lastElement + 1) * dtypeBytes(operand.dtype);
}

/** The operand, in PSUM, must lie within so many banks. */
export function wantBanks<const N extends string>(
  { operands }: Has<N>,
  name: N,
  machine: Machine,
  banks: number,
): readonly Problem[] {
  const operand = operands[name];
  const first = operand.addressBytes;
  const last = first + spanBytes(operand) - 1;
  const bankBytes = machine.psumBankBytesPerPartition;
  if (Math.floor(last / bankBytes) - Math.floor(first / bankBytes) < banks) return [];
  const wanted = `${banks === 1 ? "one bank" : `${banks} banks`} of ${bankBytes} bytes`;
  return [problem("E0706", { operand: name, first, last, expected: wanted })];
}
