// The scalars of an instruction: each a number in the instruction or a column in memory, one element for each partition.
// Their fields are `op0`, `imm0`, `scalar0` and `reverse0`, and the same with 1.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { isSet, numberOf, textOf } from "./args.ts";
import { aluStep, inputOf } from "./arithmetic.ts";
import { wantThat } from "./constraints.ts";
import type { Block, ResolvedArgs, UnitName } from "./define.ts";
import { findOperator, isBitvec } from "./operators.ts";

/** A scalar is given by exactly one of its operand and its immediate; without its operation by none. */
export function wantScalar(args: ResolvedArgs, op: "op0" | "op1", index: 0 | 1): readonly Problem[] {
  const names = { operand: `scalar${index}`, immediate: `imm${index}` };
  const hasOperand = args.operands[names.operand] !== undefined;
  const immediate = numberOf(args, names.immediate);
  const hasImmediate = immediate !== undefined;
  const name = textOf(args, op);
  if (findOperator(name)?.operands === 1) {
    const isGiven = hasOperand || hasImmediate || isSet(args, `reverse${index}`);
    return wantThat(!isGiven, `the scalar of ${op}`, "given", `none, since ${name} has one operand`);
  }
  if (hasImmediate && isBitvec(name)) {
    const isWord = Number.isInteger(immediate) && immediate >= -(2 ** 31) && immediate < 2 ** 32;
    const wanted = `an integer of 32 bits, since ${name} works on bits`;
    if (!isWord) return wantThat(false, names.immediate, immediate, wanted);
  }
  const isNeeded = name !== undefined;
  if (isNeeded ? hasOperand !== hasImmediate : !hasOperand && !hasImmediate) return [];
  const found = hasOperand && hasImmediate ? "twice" : isNeeded ? "nowhere" : `without ${op}`;
  return [problem("E0711", { op, found, ...names })];
}

/**
 * dst = dst op scalar (or scalar op dst when reversed), the scalar one number or one per partition; dst = op dst where the
 * operator has one operand.
 */
export function applyScalar(
  dst: Block,
  blocks: Readonly<Record<string, Block>>,
  args: ResolvedArgs,
  unit: UnitName,
  index: 0 | 1,
) {
  const op = textOf(args, `op${index}`);
  if (op === undefined) return;
  const step = aluStep(op, args, unit);
  const toInput = inputOf(op, args, unit);
  const column = blocks[`scalar${index}`]?.data;
  const immediate = numberOf(args, `imm${index}`) ?? Number.NaN;
  const isReversed = isSet(args, `reverse${index}`);
  for (let row = 0; row < dst.p; row++) {
    const scalar = toInput(column === undefined ? immediate : column[row]!);
    for (let at = row * dst.f; at < (row + 1) * dst.f; at++) {
      const x = dst.data[at]!;
      dst.data[at] = isReversed ? step(scalar, x) : step(x, scalar);
    }
  }
}

/** Exactly one of an operand and a number must be given. */
export function wantOneOf(args: ResolvedArgs, op: string, operand: string, immediate: string): readonly Problem[] {
  const hasOperand = args.operands[operand] !== undefined;
  const hasImmediate = numberOf(args, immediate) !== undefined;
  if (hasOperand !== hasImmediate) return [];
  return [problem("E0711", { op, found: hasOperand ? "twice" : "nowhere", operand, immediate })];
}
