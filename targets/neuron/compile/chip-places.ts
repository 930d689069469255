// Where the buffers of one kernel are in SBUF or PSUM: side by side, each with room of its own, so that none waits for another. Where they
// do not fit so, those that never live at the same time share bytes; and where that is not enough in PSUM, tiles narrower than a bank share one.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { alignBytes, alignUp } from "../../../ir-spec/tile-size.ts";
import type { Life } from "./chip-lives.ts";
import { packByLifetime } from "./lifetimes.ts";

/** A buffer with the room that each of its slots takes. */
export interface ChipBuffer {
  readonly buffer: BufferId;
  readonly slots: number;
  /** Slots side by side (B); in PSUM whole banks. */
  readonly slotBytes: number;
  /** What a slot holds (B). */
  readonly heldBytes: number;
}

export interface PlacedBuffer {
  readonly buffer: BufferId;
  /** From the start of the kernel's buffers on. */
  readonly offset: number;
  readonly slotBytes: number;
  readonly slots: number;
}

export interface KernelRoom {
  readonly placed: readonly PlacedBuffer[];
  /** Bytes from the start to the end of the last one. */
  readonly bytes: number;
}

/** A memory: its size, and that of its banks: no slot crosses the end of one, unless it has whole banks. In SBUF these are its words. */
export interface Room {
  readonly capacityBytes: number;
  readonly bankBytes: number;
}

export function roomOf(memory: "sbuf" | "psum", machine: Machine): Room {
  const { psumBanks, psumBankBytesPerPartition, sbufBytesPerPartition } = machine;
  if (memory === "sbuf") return { capacityBytes: sbufBytesPerPartition, bankBytes: alignBytes };
  return { capacityBytes: psumBanks * psumBankBytesPerPartition, bankBytes: psumBankBytesPerPartition };
}

/** The first of the ways that fits; the last one where none does. */
export function placeInKernel(
  buffers: readonly ChipBuffer[],
  livesOfBuffers: () => ReadonlyMap<BufferId, Life>,
  { capacityBytes, bankBytes }: Room,
): KernelRoom {
  const apart = sideBySide(buffers);
  if (apart.bytes <= capacityBytes) return apart;
  const lives = livesOfBuffers();
  const packed = byLives(buffers, lives, bankBytes);
  if (packed.bytes <= capacityBytes) return packed;
  const narrow = buffers.map((buffer) => narrowed(buffer, bankBytes));
  return byLives(narrow, lives, bankBytes);
}

function sideBySide(buffers: readonly ChipBuffer[]): KernelRoom {
  let bytes = 0;
  const placed = buffers.map(({ buffer, slots, slotBytes }): PlacedBuffer => {
    const offset = bytes;
    bytes += slots * slotBytes;
    return { buffer, offset, slotBytes, slots };
  });
  return { placed, bytes };
}

/** A buffer without its life has all of the kernel. */
function byLives(buffers: readonly ChipBuffer[], lives: ReadonlyMap<BufferId, Life>, bankBytes: number): KernelRoom {
  const packed = packByLifetime(
    buffers.map((item) => {
      const { first = 0, last = Number.POSITIVE_INFINITY } = lives.get(item.buffer) ?? {};
      return { item, first, last, bytes: item.slots * item.slotBytes, unitBytes: Math.min(item.slotBytes, bankBytes) };
    }),
  );
  const placed = packed.map(({ item: { buffer, slotBytes, slots }, offset }) => ({ buffer, offset, slotBytes, slots }));
  const ends = placed.map(({ offset, slotBytes, slots }) => offset + slots * slotBytes);
  return { placed, bytes: alignUp(Math.max(0, ...ends), bankBytes) };
}

/** With slots of which several fill a bank, so that none lies in two. */
function narrowed(buffer: ChipBuffer, bankBytes: number): ChipBuffer {
  let slotBytes = alignBytes;
  while (slotBytes < buffer.heldBytes || (bankBytes % slotBytes !== 0 && slotBytes < bankBytes))
    slotBytes += alignBytes;
  return slotBytes < bankBytes ? { ...buffer, slotBytes } : buffer;
}

/** Pairs of buffers that share bytes. */
export function sharingPairs({ placed }: KernelRoom): readonly (readonly [BufferId, BufferId])[] {
  return placed.flatMap((a, index) =>
    placed.slice(index + 1).flatMap((b): readonly (readonly [BufferId, BufferId])[] => {
      const isApart = a.offset + a.slots * a.slotBytes <= b.offset || b.offset + b.slots * b.slotBytes <= a.offset;
      return isApart ? [] : [[a.buffer, b.buffer]];
    }),
  );
}
