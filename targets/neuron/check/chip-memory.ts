// SBUF and PSUM as the check sees them: for each group of partitions, one row of cells over the bytes of a partition.
// The groups are as large as the program's own operands allow: each operand starts at the first partition of a group.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ChipOperand } from "../stream.ts";
import { describeBytes } from "./describe.ts";
import type { Program } from "./program.ts";
import type { Region, Shadow } from "./shadow.ts";

export type ChipMemoryName = "sbuf" | "psum";

export interface ChipMemory {
  readonly name: ChipMemoryName;
  readonly region: Region;
  readonly bytesPerPartition: number;
  /** Partitions of one group; every operand of the program starts at a multiple of it. */
  readonly groupPartitions: number;
  readonly partitions: number;
}

export function capacityBytesPerPartition(memory: ChipMemoryName, machine: Machine): number {
  return memory === "sbuf" ? machine.sbufBytesPerPartition : machine.psumBanks * machine.psumBankBytesPerPartition;
}

/** Makes the cells of one memory, as small as the smallest dtype that the program touches there. */
export function makeChipMemory(name: ChipMemoryName, program: Program, machine: Machine, shadow: Shadow): ChipMemory {
  const bytesPerPartition = capacityBytesPerPartition(name, machine);
  const operands = operandsIn(name, program);
  const groupPartitions = operands.reduce((sum, operand) => gcd(sum, operand.startPartition), machine.partitions);
  const groups = machine.partitions / groupPartitions;
  const cellBytes = smallestElementBytes(operands, bytesPerPartition);
  const region = shadow.addRegion((groups * bytesPerPartition) / cellBytes, cellBytes);
  return { name, region, bytesPerPartition, groupPartitions, partitions: machine.partitions };
}

function operandsIn(name: ChipMemoryName, program: Program): readonly ChipOperand[] {
  const operands: ChipOperand[] = [];
  for (const { instruction } of program.sites) {
    for (const argument of Object.values(instruction.args)) {
      if (argument.kind !== "operand" || argument.operand.memory === "hbm") continue;
      if (argument.operand.memory === name) operands.push(argument.operand);
    }
  }
  return operands;
}

/** Aligned elements of any dtype consist of whole elements of the smallest one, when that divides the memory's size. */
function smallestElementBytes(operands: readonly ChipOperand[], bytesPerPartition: number): number {
  if (operands.length === 0) return bytesPerPartition;
  const bytes = Math.min(...operands.map(({ dtype }) => dtypeBytes(dtype)));
  return bytesPerPartition % bytes === 0 ? bytes : 1;
}

/** The greatest number that divides both; 0 is divided by all. */
function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** `sbuf bytes 0x400..0x5ff of partitions 32..63`, for a run of cells within one group. */
export function describeCells(memory: ChipMemory, firstCell: number, endCell: number): string {
  const { cellBytes } = memory.region;
  const group = Math.floor((firstCell * cellBytes) / memory.bytesPerPartition);
  const originBytes = group * memory.bytesPerPartition;
  const firstPartition = group * memory.groupPartitions;
  const lastPartition = Math.min(firstPartition + memory.groupPartitions, memory.partitions) - 1;
  const where = ` of partitions ${firstPartition}..${lastPartition}`;
  return describeBytes(memory.name, firstCell * cellBytes - originBytes, endCell * cellBytes - originBytes, where);
}
