// A kernel as a tile program of its own, so that its time can be simulated without those around it.

import { type BufferId, bufferId, type LoopId, loopId } from "../../ir-spec/base/ids.ts";
import type { TensorRole, TileBuffer, TileKernel, TileProgram, TileStatement } from "../../ir-spec/tile.ts";
import { usesOfStatement } from "../../ir-spec/verify-tile-stages.ts";

/** The kernel alone: what passes between kernels is an output of the program where it stores it, else an input. */
export function isolateKernel(kernel: TileKernel, bufferInfo: (buffer: BufferId) => TileBuffer): TileProgram {
  const numbers: Numbers = { buffer: new Map(), loop: new Map() };
  const body = renumbered(kernel.body, "", numbers) as readonly TileStatement[];
  const uses = kernel.body.flatMap((statement) => [...usesOfStatement(statement)]);
  const stored = new Set(uses.filter(([, { isWritten }]) => isWritten).map(([buffer]) => buffer));
  const roleOf = (buffer: BufferId, role: TensorRole): TensorRole =>
    role !== "temp" ? role : stored.has(buffer) ? "output" : "input";
  const buffers = [...numbers.buffer.keys()].map((id) => {
    const buffer = bufferId(id);
    const { role, ...info } = bufferInfo(buffer);
    return role === undefined ? info : { ...info, role: roleOf(buffer, role) };
  });
  return {
    name: kernel.name,
    buffers,
    loops: [...numbers.loop.keys()].map((_, at) => `i${at}`),
    kernels: [{ ...kernel, body }],
  };
}

/** New ids by old ones, in order of first use; filled in place. */
interface Numbers {
  readonly buffer: Map<number, BufferId>;
  readonly loop: Map<number, LoopId>;
}

/** The same value with other ids: they are the numbers that are called `buffer` or `loop`, and the loops of `notFirst`. */
function renumbered(value: unknown, name: string, numbers: Numbers): unknown {
  if (typeof value === "number") return renumberedId(value, name, numbers);
  if (Array.isArray(value)) {
    return value.map((item) => renumbered(item, name === "notFirst" ? "loop" : "", numbers));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renumbered(item, key, numbers)]));
}

function renumberedId(id: number, name: string, { buffer, loop }: Numbers): number {
  if (name === "buffer") return numberIn(buffer, id, bufferId);
  return name === "loop" ? numberIn(loop, id, loopId) : id;
}

function numberIn<I extends number>(known: Map<number, I>, id: number, makeId: (index: number) => I): I {
  const number = known.get(id) ?? makeId(known.size);
  known.set(id, number);
  return number;
}
