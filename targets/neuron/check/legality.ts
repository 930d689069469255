// Whether an operand's bytes exist, worked out from its footprint. The instruction table checks operands on chip by itself;
// this is done again so that the shadow memory never trusts it.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ResolvedOperand } from "../isa/define.ts";
import type { Stream } from "../stream.ts";
import { capacityBytesPerPartition } from "./chip-memory.ts";
import { describeRange } from "./describe.ts";
import type { Footprint } from "./footprint.ts";
import { tensorBytes } from "./hbm-memory.ts";

export interface OperandUse {
  readonly field: string;
  readonly operand: ResolvedOperand;
  readonly footprint: Footprint;
  /** Where it is executed, in words. */
  readonly place: () => string;
}

/** Checks that an operand consists of whole elements inside its memory or tensor. */
export function checkBounds(use: OperandUse, stream: Stream, machine: Machine): readonly Problem[] {
  const { field, operand, footprint } = use;
  const { lowBytes, endBytes } = footprint;
  const limit = limitBytes(operand, stream, machine);
  const endPartition = operand.memory === "hbm" ? 0 : operand.startPartition + operand.partitions;
  if (endPartition > machine.partitions) {
    return [
      problem("E0703", { operand: field, what: "partition", found: endPartition - 1, limit: machine.partitions - 1 }),
    ];
  }
  const { dtype, addressBytes } = operand;
  const bytes = dtypeBytes(dtype);
  if (addressBytes % bytes !== 0) return [problem("E0713", { operand: field, found: addressBytes, bytes, dtype })];
  if (lowBytes >= 0 && endBytes <= limit) return [];
  const tensor = stream.tensors[operand.tensor];
  const memory = tensor === undefined ? operand.memory : `tensor ${tensor.name}`;
  const found = describeRange(lowBytes, endBytes);
  return [problem("E0825", { place: use.place(), field, found, memory, limit: `0x${limit.toString(16)}` })];
}

/** One past the last byte that the operand's addresses may reach. */
function limitBytes(operand: ResolvedOperand, stream: Stream, machine: Machine): number {
  if (operand.memory !== "hbm") return capacityBytesPerPartition(operand.memory, machine);
  const tensor = stream.tensors[operand.tensor];
  return tensor === undefined ? 0 : tensorBytes(tensor);
}
