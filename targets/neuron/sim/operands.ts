// On-chip operands of an instruction as intervals of bytes, for what depends on addresses: results that are still on the way,
// and ports that two engines share. Sizes are the largest that the operand can have, so only the address is computed anew.

import { evalAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { instDef } from "../isa/index.ts";
import type { ChipOperand, Instruction } from "../stream.ts";
import type { Registers } from "./program.ts";

/** A stretch of on-chip memory: bytes of some partitions. */
export interface Stretch {
  readonly memory: "sbuf" | "psum";
  readonly firstPartition: number;
  readonly endPartition: number;
  firstByte: number;
  endByte: number;
}

export interface ChipAccess {
  readonly operand: ChipOperand;
  readonly isRead: boolean;
  readonly isWritten: boolean;
  /** From the lowest to behind the highest byte that it can touch in a partition. */
  readonly spanBytes: number;
  /** Where it is in the current execution; set by `locate`. */
  readonly stretch: Stretch;
}

export function chipAccessesOf(inst: Instruction): readonly ChipAccess[] {
  return Object.entries(instDef(inst.inst).fields).flatMap(([name, field]): readonly ChipAccess[] => {
    const argument = inst.args[name];
    if (field.kind !== "operand" || argument?.kind !== "operand" || argument.operand.memory === "hbm") return [];
    const { operand } = argument;
    const { memory, startPartition: firstPartition, partitions } = operand;
    const stretch = { memory, firstPartition, endPartition: firstPartition + partitions.max, firstByte: 0, endByte: 0 };
    const [isRead, isWritten] = [field.role !== "write", field.role !== "read"];
    return [{ operand, isRead, isWritten, spanBytes: spanBytes(operand), stretch }];
  });
}

/** Strides are not negative on chip. */
function spanBytes({ dims, dtype }: ChipOperand): number {
  let elements = 1;
  for (const { stride, size } of dims) elements += Math.max(0, size.max - 1) * Math.abs(stride);
  return elements * dtypeBytes(dtype);
}

/** Sets where the access is with the loops and rings as they stand. */
export function locate({ operand, spanBytes: bytes, stretch }: ChipAccess, { indices, rings }: Registers): void {
  let firstByte = evalAffine(operand.address.base, indices);
  for (const { ring, scale } of operand.address.rings) firstByte += scale * rings[ring]!;
  stretch.firstByte = firstByte;
  stretch.endByte = firstByte + bytes;
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
