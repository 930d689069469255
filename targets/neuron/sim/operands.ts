// On-chip operands of an instruction as intervals of bytes, for what depends on addresses: results that are still on the way,
// and ports that two engines share. Sizes are the largest that the operand can have, so only the address is computed again.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { operandFields } from "../isa/index.ts";
import type { Address, ChipOperand, Instruction } from "../stream.ts";
import type { Registers } from "./program.ts";
import { resolveAddress } from "./resolve.ts";

/** A stretch of on-chip memory: bytes of some partitions. */
export interface Stretch {
  readonly memory: "sbuf" | "psum";
  readonly firstPartition: number;
  readonly endPartition: number;
  readonly firstByte: number;
  readonly endByte: number;
}

/** Changed in place: where it is in the current execution is set by `locate`. */
export interface ChipAccess extends Stretch {
  readonly isRead: boolean;
  readonly isWritten: boolean;
  readonly address: Address;
  /** From the lowest to after the highest byte that it can touch in a partition. */
  readonly spanBytes: number;
  firstByte: number;
  endByte: number;
}

export function chipAccessesOf(inst: Instruction): readonly ChipAccess[] {
  const accesses: ChipAccess[] = [];
  for (const [name, { role }] of operandFields(inst.inst)) {
    const argument = inst.args[name];
    if (argument?.kind !== "operand" || argument.operand.memory === "hbm") continue;
    const { operand } = argument;
    accesses.push({
      memory: operand.memory,
      firstPartition: operand.startPartition,
      endPartition: operand.startPartition + operand.partitions.max,
      isRead: role !== "write",
      isWritten: role !== "read",
      address: operand.address,
      spanBytes: spanBytes(operand),
      firstByte: 0,
      endByte: 0,
    });
  }
  return accesses;
}

/** Strides are not negative on chip. */
function spanBytes({ dims, dtype }: ChipOperand): number {
  let elements = 1;
  for (const { stride, size } of dims) elements += Math.max(0, size.max - 1) * Math.abs(stride);
  return elements * dtypeBytes(dtype);
}

/** Sets where the accesses are with the loops and rings as they are. */
export function locate(accesses: readonly ChipAccess[], registers: Registers): void {
  for (const access of accesses) {
    const firstByte = resolveAddress(access.address, registers);
    access.firstByte = firstByte;
    access.endByte = firstByte + access.spanBytes;
  }
}

export function overlap(a: Stretch, b: Stretch): boolean {
  return (
    a.memory === b.memory &&
    a.firstByte < b.endByte &&
    b.firstByte < a.endByte &&
    a.firstPartition < b.endPartition &&
    b.firstPartition < a.endPartition
  );
}
