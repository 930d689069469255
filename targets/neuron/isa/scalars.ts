// The scalars of an instruction: each a number in the instruction or a column in memory, one element for each partition.
// Their fields are `op0`, `imm0`, `scalar0` and `reverse0`, and the same with 1.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { aluStep, inputOf } from "./arithmetic.ts";
import { wantThat } from "./constraints.ts";
import type {
  AnyArgs,
  Block,
  Blocks,
  Has,
  HasValues,
  MayHave,
  OperandName,
  ResolvedOperand,
  UnitName,
  ValueName,
} from "./define.ts";
import { isBitvec, type Operator, operatorRow } from "./operators.ts";

/** The arguments of each scalar: its operation, and where it comes from. */
export type ScalarArgs = {
  readonly [I in 0 | 1]: MayHave<`scalar${I}`> &
    HasValues<`op${I}`, Operator | null> &
    HasValues<`imm${I}`, number | null> &
    HasValues<`reverse${I}`, boolean>;
};

export interface Scalar {
  readonly name: Operator | null;
  readonly operand: ResolvedOperand | undefined;
  readonly immediate: number | null;
  readonly isReversed: boolean;
}

export const scalars: { readonly [I in 0 | 1]: (args: ScalarArgs[I]) => Scalar } = {
  0: ({ operands: { scalar0: operand }, values: { op0: name, imm0: immediate, reverse0: isReversed } }) => {
    return { name, operand, immediate, isReversed };
  },
  1: ({ operands: { scalar1: operand }, values: { op1: name, imm1: immediate, reverse1: isReversed } }) => {
    return { name, operand, immediate, isReversed };
  },
};

/** A scalar is given by exactly one of its operand and its immediate; without its operation by none. */
export function wantScalar<I extends 0 | 1>(args: ScalarArgs[I], index: I): readonly Problem[] {
  const [op, names] = [`op${index}`, { operand: `scalar${index}`, immediate: `imm${index}` }];
  const { name, operand, immediate, isReversed } = scalars[index](args);
  const hasOperand = operand !== undefined;
  const hasImmediate = immediate !== null;
  if (name !== null && operatorRow(name).operands === 1) {
    const isGiven = hasOperand || hasImmediate || isReversed;
    return wantThat(!isGiven, `the scalar of ${op}`, "given", `none, since ${name} has one operand`);
  }
  if (hasImmediate && isBitvec(name)) {
    const isWord = Number.isInteger(immediate) && immediate >= -(2 ** 31) && immediate < 2 ** 32;
    const wanted = `an integer of 32 bits, since ${name} works on bits`;
    if (!isWord) return wantThat(false, names.immediate, immediate, wanted);
  }
  const isNeeded = name !== null;
  if (isNeeded ? hasOperand !== hasImmediate : !hasOperand && !hasImmediate) return [];
  const found = hasOperand && hasImmediate ? "twice" : isNeeded ? "nowhere" : `without ${op}`;
  return [problem("E0711", { op, found, ...names })];
}

/**
 * dst = dst op scalar (or scalar op dst when reversed), the scalar one number or one per partition; dst = op dst where the
 * operator has one operand.
 */
export function applyScalar<I extends 0 | 1>(
  dst: Block,
  blocks: Blocks,
  args: ScalarArgs[I] & AnyArgs & Has<"dst">,
  unit: UnitName,
  index: I,
) {
  const { name, immediate, isReversed } = scalars[index](args);
  if (name === null) return;
  const step = aluStep(name, args, unit);
  const toInput = inputOf(name, args, unit);
  const column = blocks[`scalar${index}`]?.data;
  for (let row = 0; row < dst.p; row++) {
    const scalar = toInput(column === undefined ? (immediate ?? Number.NaN) : column[row]!);
    for (let at = row * dst.f; at < (row + 1) * dst.f; at++) {
      const x = dst.data[at]!;
      dst.data[at] = isReversed ? step(scalar, x) : step(x, scalar);
    }
  }
}

/** Exactly one of an operand and a number must be given. */
export function wantOneOf<A extends AnyArgs>(
  { operands, values }: A,
  op: string,
  operand: OperandName<A>,
  immediate: ValueName<A, number | null>,
): readonly Problem[] {
  const hasOperand = operands[operand] !== undefined;
  const hasImmediate = values[immediate] !== null;
  if (hasOperand !== hasImmediate) return [];
  return [problem("E0711", { op, found: hasOperand ? "twice" : "nowhere", operand, immediate })];
}
