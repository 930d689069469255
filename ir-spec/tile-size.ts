// How much room a buffer on chip takes: one fact for the passes that choose tiles and the target that places them.

import { dtypeBytes } from "./base/dtype.ts";
import type { Machine } from "./machine.ts";
import { freeElements, type TileBuffer } from "./tile.ts";

/** Slots and tensors begin at multiples of this, so that wide accesses start on a boundary. Assumed: one word of 32 B. */
export const alignBytes = 32;

export function alignUp(bytes: number, unitBytes: number): number {
  return Math.ceil(bytes / unitBytes) * unitBytes;
}

/** Room of one ring slot in each partition (B); accumulators in PSUM take whole banks. */
export function slotBytes(buffer: TileBuffer, machine: Machine): number {
  const unitBytes = buffer.memory === "psum" ? machine.psumBankBytesPerPartition : alignBytes;
  return alignUp(freeElements(buffer) * dtypeBytes(buffer.dtype), unitBytes);
}
