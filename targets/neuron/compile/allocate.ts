// Gives every buffer its place: tensors in HBM one after the other, buffers on chip within their kernel (chip-places.ts).
// A kernel's buffers begin where those of the kernel before end, as long as they fit there, so that its loads need not
// wait for the kernel before; else they begin at 0 again.

import { type BufferId, type RingId, ringId, type TensorId, tensorId } from "../../../ir-spec/base/ids.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TileBuffer, TileProgram } from "../../../ir-spec/tile.ts";
import type { Placement, Ring, StreamTensor } from "../stream.ts";
import { sharingPairs } from "./chip-places.ts";
import { type OwnedBuffer, placesInKernel } from "./kernel-places.ts";
import { misfitDiagnostic, misfitOf } from "./misfits.ts";
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

export function allocate(program: TileProgram, machine: Machine): Result<Allocation> {
  const places: (BufferPlace | undefined)[] = program.buffers.map(() => undefined);
  const placed = placeTensors(program);
  const tensors = placed.map(({ tensor }) => tensor);
  for (const [index, { buffer }] of placed.entries()) places[buffer] = { kind: "hbm", tensor: tensorId(index) };
  const rings: Ring[] = [];
  const ringByLoop = new Map<string, RingId>();
  const advances: RingId[][] = program.loops.map(() => []);
  const placements: Placement[] = [];
  const problems = [...checkHbm(program, tensors, machine)];
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
    for (const memory of ["sbuf", "psum"] as const) {
      const found = placesInKernel(program, kernel, memory, machine);
      const { owned, room, space } = found;
      if (room.bytes > space.capacityBytes) {
        problems.push(misfitDiagnostic(program, misfitOf(program, kernel, memory, found)));
        continue;
      }
      const start = next[memory] + room.bytes <= space.capacityBytes ? next[memory] : 0;
      room.placed.forEach(({ buffer, offset, slotBytes, slots }, index) => {
        const { loop, instances } = owned[index] as OwnedBuffer;
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
