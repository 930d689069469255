// Gives every buffer its place: tensors in HBM one after the other, buffers on chip side by side within their kernel.
// A kernel's buffers begin where those of the kernel before end, as long as they fit there, so that its loads need not
// wait for the kernel before; else they begin at 0 again.

import { type BufferId, type RingId, ringId, type TensorId, tensorId } from "../../../ir-spec/base/ids.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TileBuffer, TileKernel, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { slotBytes } from "../../../ir-spec/tile-size.ts";
import type { Placement, Ring, StreamTensor } from "../stream.ts";
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

  program.kernels.forEach((kernel, kernelIndex) => {
    const owned = ownedBuffers(kernel.body, undefined, 1);
    for (const memory of ["sbuf", "psum"] as const) {
      const mine = owned.filter(({ buffer }) => bufferOf(program, buffer).memory === memory);
      const sizes = mine.map(({ buffer, instances }) => sizeOf(bufferOf(program, buffer), instances, machine));
      const total = sizes.reduce((sum, size) => sum + size.slots * size.slotBytes, 0);
      const capacity = capacityBytes(memory, machine);
      if (total > capacity) {
        problems.push(doesNotFit(program, kernel, memory, mine, sizes, machine));
        continue;
      }
      let addressBytes = next[memory] + total <= capacity ? next[memory] : 0;
      mine.forEach(({ buffer, loop, instances }, index) => {
        const { slotBytes, slots } = sizes[index] as BufferSize;
        const info = bufferOf(program, buffer);
        const ring = slots > 1 && loop !== undefined ? ringFor(loop, slots) : undefined;
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
        addressBytes += slots * slotBytes;
      });
      next[memory] = addressBytes;
    }
  });
  if (problems.length > 0) return fail(problems);
  const memories = program.buffers.map((buffer) => buffer.memory);
  return ok({ memories, places, tensors, rings, placements, advances });
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

interface BufferSize {
  readonly slotBytes: number;
  readonly slots: number;
}

/** A ring has no more slots than instances. */
function sizeOf(buffer: TileBuffer, instances: number, machine: Machine): BufferSize {
  return { slotBytes: slotBytes(buffer, machine), slots: Math.min(buffer.slots, instances) };
}

function capacityBytes(memory: "sbuf" | "psum", machine: Machine): number {
  return memory === "sbuf" ? machine.sbufBytesPerPartition : machine.psumBanks * machine.psumBankBytesPerPartition;
}

function doesNotFit(
  program: TileProgram,
  kernel: TileKernel,
  memory: "sbuf" | "psum",
  owned: readonly OwnedBuffer[],
  sizes: readonly BufferSize[],
  machine: Machine,
): Diagnostic {
  const unitBytes = memory === "psum" ? machine.psumBankBytesPerPartition : 1;
  const unit = memory === "psum" ? "banks" : "B per partition";
  const total = sizes.reduce((sum, size) => sum + size.slots * size.slotBytes, 0);
  const lines = owned
    .map(({ buffer }, index) => ({ buffer: bufferOf(program, buffer), size: sizes[index] as BufferSize }))
    .sort((a, b) => b.size.slots * b.size.slotBytes - a.size.slots * a.size.slotBytes);
  const notes = lines.map(({ buffer, size }) => ({
    text: `${buffer.name}: ${buffer.dtype}[${buffer.shape.join(", ")}], ${size.slots} x ${size.slotBytes / unitBytes} ${unit}`,
  }));
  const args = {
    kernel: kernel.name,
    memory: memory.toUpperCase(),
    needed: total / unitBytes,
    capacity: capacityBytes(memory, machine) / unitBytes,
    unit,
  };
  return at(problem("E0801", args), undefined, notes);
}
