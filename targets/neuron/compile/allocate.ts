// Gives every buffer its place: tensors in HBM one after the other, buffers on chip within their kernel (chip-places.ts).
// A kernel's buffers begin where those of the kernel before end, as long as they fit there, so that its loads need not
// wait for the kernel before; else they begin at 0 again.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { type BufferId, type RingId, ringId, type TensorId, tensorId } from "../../../ir-spec/base/ids.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TileBuffer, TileKernel, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { freeElements } from "../../../ir-spec/tile.ts";
import { slotBytes } from "../../../ir-spec/tile-size.ts";
import type { Placement, Ring, StreamTensor } from "../stream.ts";
import { livesOf } from "./chip-lives.ts";
import { type ChipBuffer, placeInKernel, roomOf, sharingPairs } from "./chip-places.ts";
import { checkHbm, placeTensors } from "./place-tensors.ts";

export interface ChipPlace {
  readonly kind: "chip";
  readonly addressBytes: number;
  readonly slotBytes: number;
  readonly slots: number;
  /** Whether a slot has several instances, one after the other. */
  readonly isReused: boolean;
  /** The ring register that picks the slot. */
  readonly ring?: RingId;
  readonly kernel: number;
}

export interface TensorPlace {
  readonly kind: "hbm";
  readonly tensor: TensorId;
}

export type BufferPlace = ChipPlace | TensorPlace;

export interface Allocation {
  /** The memory of each buffer, by BufferId. */
  readonly memories: readonly Memory[];
  /** Indexed by BufferId. */
  readonly places: readonly (BufferPlace | undefined)[];
  readonly tensors: readonly StreamTensor[];
  readonly rings: readonly Ring[];
  readonly placements: readonly Placement[];
  /** Ring registers that step with each loop, by LoopId. */
  readonly advances: readonly (readonly RingId[])[];
  /** By kernel: pairs of its buffers on chip that share bytes. */
  readonly sharing: readonly (readonly (readonly [BufferId, BufferId])[])[];
}

/** A buffer of a kernel with the loop that its instances belong to (undefined: the whole kernel). */
interface OwnedBuffer {
  readonly buffer: BufferId;
  readonly loop: number | undefined;
  /** The most instances over the whole kernel. */
  readonly instances: number;
}

export function allocate(program: TileProgram, machine: Machine): Result<Allocation> {
  const places: (BufferPlace | undefined)[] = program.buffers.map(() => undefined);
  const placed = placeTensors(program);
  const tensors = placed.map(({ tensor }) => tensor);
  for (const [index, { buffer }] of placed.entries()) places[buffer] = { kind: "hbm", tensor: tensorId(index) };
  const rings: Ring[] = [];
  const ringByLoop = new Map<string, RingId>();
  const advances: RingId[][] = program.loops.map(() => []);
  const placements: Placement[] = [];
  const problems = [...checkHbm(program.name, tensors, machine)];
  const next = { sbuf: 0, psum: 0 };

  const ringFor = (loop: number, slots: number): RingId => {
    const key = `${loop} ${slots}`;
    const known = ringByLoop.get(key);
    if (known !== undefined) return known;
    rings.push({ name: `${program.loops[loop] ?? "loop"}`, slots });
    const id = ringId(rings.length - 1);
    ringByLoop.set(key, id);
    advances[loop]?.push(id);
    return id;
  };

  const sharing: (readonly [BufferId, BufferId])[][] = program.kernels.map(() => []);
  program.kernels.forEach((kernel, kernelIndex) => {
    const owned = ownedBuffers(kernel.body, undefined, 1);
    for (const memory of ["sbuf", "psum"] as const) {
      const mine = owned.filter(({ buffer }) => bufferOf(program, buffer).memory === memory);
      const sizes = mine.map((one) => sizeOf(bufferOf(program, one.buffer), one, machine));
      const slotsOf = new Map(
        owned.map(({ buffer, instances }) => [buffer, slotsFor(bufferOf(program, buffer), instances)]),
      );
      const lives = () => livesOf(kernel.body, (buffer) => slotsOf.get(buffer) ?? 1);
      const space = roomOf(memory, machine);
      const room = placeInKernel(sizes, lives, space);
      if (room.bytes > space.capacityBytes) {
        problems.push(doesNotFit(program, kernel, { memory, sizes, neededBytes: room.bytes }, machine));
        continue;
      }
      const start = next[memory] + room.bytes <= space.capacityBytes ? next[memory] : 0;
      room.placed.forEach(({ buffer, offset, slotBytes, slots }, index) => {
        const { loop, instances } = mine[index] as OwnedBuffer;
        const info = bufferOf(program, buffer);
        const ring = slots > 1 && loop !== undefined ? ringFor(loop, slots) : undefined;
        const addressBytes = start + offset;
        places[buffer] = {
          kind: "chip",
          addressBytes,
          slotBytes,
          slots,
          isReused: instances > slots,
          kernel: kernelIndex,
          ...(ring === undefined ? {} : { ring }),
        };
        const partitions = info.shape[0] ?? 1;
        placements.push({ name: info.name, memory, kernel: kernelIndex, partitions, addressBytes, slotBytes, slots });
      });
      sharing[kernelIndex]?.push(...sharingPairs(room));
      next[memory] = start + room.bytes;
    }
  });
  if (problems.length > 0) return fail(problems);
  const memories = program.buffers.map((buffer) => buffer.memory);
  return ok({ memories, places, tensors, rings, placements, advances, sharing });
}

function bufferOf(program: TileProgram, buffer: BufferId): TileBuffer {
  return program.buffers[buffer] as TileBuffer;
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

/** What a kernel needs of a memory that has less. */
interface Need {
  readonly memory: "sbuf" | "psum";
  readonly sizes: readonly ChipBuffer[];
  readonly neededBytes: number;
}

function doesNotFit(program: TileProgram, kernel: TileKernel, need: Need, machine: Machine): Diagnostic {
  const { memory, sizes, neededBytes } = need;
  const unitBytes = memory === "psum" ? machine.psumBankBytesPerPartition : 1;
  const unit = memory === "psum" ? "banks" : "B per partition";
  const lines = sizes.toSorted((a, b) => b.slots * b.slotBytes - a.slots * a.slotBytes);
  const notes = lines.map(({ buffer, slotBytes: bytes, slots }) => {
    const { name, dtype, shape } = bufferOf(program, buffer);
    return { text: `${name}: ${dtype}[${shape.join(", ")}], ${slots} x ${bytes / unitBytes} ${unit}` };
  });
  const args = {
    kernel: kernel.name,
    memory: memory.toUpperCase(),
    needed: neededBytes / unitBytes,
    capacity: roomOf(memory, machine).capacityBytes / unitBytes,
    unit,
  };
  return at(problem("E0801", args), undefined, notes);
}
