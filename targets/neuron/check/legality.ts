// Whether the operands of one execution may be touched at all: partitions, bounds and alignment. What an instruction
// itself wants of its operands is the `check` of its row.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ResolvedOperand, UnitName } from "../isa/define.ts";
import type { Stream } from "../stream.ts";
import { capacityBytesPerPartition } from "./chip-memory.ts";
import { describeRange } from "./describe.ts";
import type { Footprint } from "./footprint.ts";
import { tensorBytes } from "./hbm-memory.ts";

export interface OperandUse {
  readonly field: string;
  /** Where it is executed, in words. */
  readonly place: () => string;
  readonly unit: UnitName;
}

/** Checks one operand; an operand with problems must not be looked up in the shadow memory. */
export function checkOperandUse(
  operand: ResolvedOperand,
  footprint: Footprint,
  use: OperandUse,
  stream: Stream,
  machine: Machine,
): readonly Problem[] {
  return [
    ...(operand.memory === "hbm" ? [] : checkPartitions(operand, use, machine)),
    ...checkBytes(operand, footprint, use, stream, machine),
    ...checkAlignment(operand, use),
  ];
}

/** Engines reach partitions in groups; the more groups an operand spans, the fewer places it may start at. */
function checkPartitions(operand: ResolvedOperand, { field, unit }: OperandUse, machine: Machine): readonly Problem[] {
  const { startPartition: start, partitions } = operand;
  const end = start + partitions;
  if (start < 0 || end > machine.partitions) {
    return [problem("E0703", { operand: field, what: "partition", found: end, limit: machine.partitions })];
  }
  if (unit === "dma") return [];
  let multiple = machine.partitionStartMultiple;
  while (multiple < partitions) multiple *= 2;
  return start % multiple === 0 ? [] : [problem("E0702", { operand: field, start, partitions, multiple })];
}

function checkBytes(
  operand: ResolvedOperand,
  { lowBytes, endBytes }: Footprint,
  { field, place }: OperandUse,
  stream: Stream,
  machine: Machine,
): readonly Problem[] {
  const limit = limitBytes(operand, stream, machine);
  if (lowBytes >= 0 && endBytes <= limit) return [];
  const tensor = stream.tensors[operand.tensor];
  const memory = tensor === undefined ? operand.memory : `tensor ${tensor.name}`;
  const found = describeRange(lowBytes, endBytes);
  return [problem("E0825", { place: place(), field, found, memory, limit: `0x${limit.toString(16)}` })];
}

function checkAlignment(operand: ResolvedOperand, { field, place }: OperandUse): readonly Problem[] {
  const wanted = dtypeBytes(operand.dtype);
  if (operand.addressBytes % wanted === 0) return [];
  const { dtype, addressBytes: found } = operand;
  return [problem("E0826", { place: place(), field, dtype, found, wanted })];
}

/** One past the last byte that the operand's addresses may reach. */
function limitBytes(operand: ResolvedOperand, stream: Stream, machine: Machine): number {
  if (operand.memory !== "hbm") return capacityBytesPerPartition(operand.memory, machine);
  const tensor = stream.tensors[operand.tensor];
  return tensor === undefined ? 0 : tensorBytes(tensor);
}
