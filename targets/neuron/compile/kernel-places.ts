// The buffers that one kernel has in SBUF or PSUM, with their places from the start of the kernel's own room on.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TileBuffer, TileKernel, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { freeElements } from "../../../ir-spec/tile.ts";
import { slotBytes } from "../../../ir-spec/tile-size.ts";
import { type Life, livesOf } from "./chip-lives.ts";
import { type ChipBuffer, type KernelRoom, placeInKernel, type Room, roomOf } from "./chip-places.ts";

/** A buffer of a kernel with the loop that its instances belong to (undefined: the whole kernel). */
export interface OwnedBuffer {
  readonly buffer: BufferId;
  readonly loop: number | undefined;
  /** The most instances over the whole kernel. */
  readonly instances: number;
}

/** The list of `owned` and that of `room.placed` have the same order. */
export interface KernelPlaces {
  readonly owned: readonly OwnedBuffer[];
  readonly sizes: readonly ChipBuffer[];
  readonly room: KernelRoom;
  readonly space: Room;
  readonly lives: () => ReadonlyMap<BufferId, Life>;
}

export function placesInKernel(
  { buffers }: TileProgram,
  { body }: TileKernel,
  memory: "sbuf" | "psum",
  machine: Machine,
): KernelPlaces {
  const bufferOf = (buffer: BufferId): TileBuffer => buffers[buffer] as TileBuffer;
  const all = ownedBuffers(body, undefined, 1);
  const slotsOf = new Map(all.map(({ buffer, instances }) => [buffer, slotsFor(bufferOf(buffer), instances)]));
  const lives = () => livesOf(body, (buffer) => slotsOf.get(buffer) ?? 1);
  const owned = all.filter(({ buffer }) => bufferOf(buffer).memory === memory);
  const sizes = owned.map((one) => sizeOf(bufferOf(one.buffer), one, machine));
  const space = roomOf(memory, machine);
  return { owned, sizes, room: placeInKernel(sizes, lives, space), space, lives };
}

function ownedBuffers(
  body: readonly TileStatement[],
  loop: number | undefined,
  instances: number,
): readonly OwnedBuffer[] {
  return body.flatMap((statement): readonly OwnedBuffer[] => {
    if (statement.kind === "alloc") return [{ buffer: statement.buffer, loop, instances }];
    if (statement.kind === "op") return [];
    return ownedBuffers(statement.body, statement.loop, instances * statement.trips.max);
  });
}

function sizeOf(buffer: TileBuffer, { buffer: id, instances }: OwnedBuffer, machine: Machine): ChipBuffer {
  const heldBytes = freeElements(buffer) * dtypeBytes(buffer.dtype);
  return { buffer: id, slotBytes: slotBytes(buffer, machine), heldBytes, slots: slotsFor(buffer, instances) };
}

/** A ring has no more slots than instances. */
function slotsFor(buffer: TileBuffer, instances: number): number {
  return Math.min(buffer.slots, instances);
}
