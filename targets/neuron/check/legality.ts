// Whether an operand's bytes exist, worked out from its footprint. The instruction table checks operands on chip by itself;
// this is done again so that the shadow memory never trusts it.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ResolvedOperand } from "../isa/define.ts";
import type { Operand, Stream } from "../stream.ts";
import type { Access } from "./access.ts";
import { capacityBytesPerPartition } from "./chip-memory.ts";
import { describeRange } from "./describe.ts";
import { tensorBytes } from "./hbm-memory.ts";
import type { CheckProgram } from "./program.ts";

/** Whether an access, moved by `shiftBytes`, consists of whole elements inside its memory or tensor. */
export function isInBounds(
  { operand, footprint, elementBytes, limitBytes }: Access,
  shiftBytes: number,
  partitions: number,
): boolean {
  if (operand.memory !== "hbm" && operand.startPartition + operand.partitions > partitions) return false;
  if ((operand.addressBytes + shiftBytes) % elementBytes !== 0) return false;
  return footprint.lowBytes + shiftBytes >= 0 && footprint.endBytes + shiftBytes <= limitBytes;
}

/** What is wrong with an access that is not in bounds; `place` is where it is executed, in words. */
export function boundsProblem(
  access: Access,
  shiftBytes: number,
  place: string,
  { program: { stream }, machine }: { readonly program: CheckProgram; readonly machine: Machine },
): Problem {
  const { use, operand, footprint, elementBytes } = access;
  const endPartition = operand.memory === "hbm" ? 0 : operand.startPartition + operand.partitions;
  if (endPartition > machine.partitions) {
    const [found, limit] = [endPartition - 1, machine.partitions - 1];
    return problem("E0703", { operand: use.name, what: "partition", found, limit });
  }
  const addressBytes = operand.addressBytes + shiftBytes;
  const { dtype } = operand;
  if (addressBytes % elementBytes !== 0) {
    return problem("E0713", { operand: use.name, found: addressBytes, bytes: elementBytes, dtype });
  }
  const tensor = stream.tensors[operand.tensor];
  const memory = tensor === undefined ? operand.memory : `tensor ${tensor.name}`;
  const found = describeRange(footprint.lowBytes + shiftBytes, footprint.endBytes + shiftBytes);
  const limit = `0x${access.limitBytes.toString(16)}`;
  return problem("E0825", { place, field: use.name, found, memory, limit });
}

/** One past the last byte that the operand's addresses may reach. */
export function limitBytes(operand: ResolvedOperand | Operand, stream: Stream, machine: Machine): number {
  if (operand.memory !== "hbm") return capacityBytesPerPartition(operand.memory, machine);
  const tensor = stream.tensors[operand.tensor];
  return tensor === undefined ? 0 : tensorBytes(tensor);
}
