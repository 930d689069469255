// Whether an operand of a stream could lie outside of its memory, by its text alone: a quick test that is sure of what stays
// inside. What depends on how sizes and loops go together is for the check to decide, which executes the stream.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Operand, Stream } from "../stream.ts";
import { limitBytes } from "./legality.ts";
import type { CheckProgram, Counts } from "./program.ts";
import { reachOf } from "./reach.ts";

export function mayLeaveMemory({ stream, sites, counts }: CheckProgram, machine: Machine): boolean {
  return sites.some(({ operands }) => operands.some(({ operand }) => mayLeave(operand, counts, stream, machine)));
}

function mayLeave(operand: Operand, counts: Counts, stream: Stream, machine: Machine): boolean {
  const { lowBytes, endBytes } = reachOf(operand, counts);
  if (lowBytes < 0 || endBytes > limitBytes(operand, stream, machine) || !isAligned(operand)) return true;
  return operand.memory !== "hbm" && operand.startPartition + operand.partitions.max > machine.partitions;
}

function isAligned({ address: { base, rings }, dtype }: Operand): boolean {
  const steps = [base.constant, ...[...base.terms, ...rings].map(({ scale }) => scale)];
  return steps.every((step) => step % dtypeBytes(dtype) === 0);
}
