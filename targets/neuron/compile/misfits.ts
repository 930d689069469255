// What a kernel needs of a memory on chip that has less: the buffers that are needed at the same time, at the point of the kernel where
// they are most, with their sizes and lives.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { at, type Diagnostic, type Note, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TileBuffer, TileKernel, TileNode, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { type KernelPlaces, placesInKernel } from "./kernel-places.ts";

/** A buffer of the kernel in the memory that is too small. */
export interface MisfitBuffer {
  readonly buffer: BufferId;
  readonly name: string;
  readonly slots: number;
  /** In each partition. */
  readonly slotBytes: number;
  /** The statements from which and up to which it is needed, counted in the order of the text. */
  readonly first: number;
  readonly last: number;
}

export interface Misfit {
  readonly kernel: string;
  readonly memory: "sbuf" | "psum";
  /** In each partition, as `capacityBytes`. */
  readonly neededBytes: number;
  readonly capacityBytes: number;
  /** Bytes of what sizes are counted in: a bank of PSUM, a byte of SBUF. */
  readonly unitBytes: number;
  /** How many statements the kernel has. */
  readonly statements: number;
  /** The statement at which the most bytes are needed. */
  readonly worst: number;
  readonly worstOp: string;
  /** Those needed there, the largest first. */
  readonly live: readonly MisfitBuffer[];
  /** Bytes of those. */
  readonly liveBytes: number;
  /** Bytes of buffers that are needed only at other times. */
  readonly otherBytes: number;
}

/** All of them, in the order of the kernels. */
export function findMisfits(program: TileProgram, machine: Machine): readonly Misfit[] {
  return program.kernels.flatMap((kernel) =>
    (["sbuf", "psum"] as const).flatMap((memory) => {
      const places = placesInKernel(program, kernel, memory, machine);
      return places.room.bytes > places.space.capacityBytes ? [misfitOf(program, kernel, memory, places)] : [];
    }),
  );
}

export function misfitOf(
  program: TileProgram,
  kernel: TileKernel,
  memory: Misfit["memory"],
  { room, space, lives }: KernelPlaces,
): Misfit {
  const nodes = nodesIn(kernel.body);
  const livesOfBuffers = lives();
  const buffers = room.placed.map(({ buffer, slots, slotBytes }): MisfitBuffer => {
    const { first, last } = livesOfBuffers.get(buffer) ?? { first: 0, last: nodes.length - 1 };
    return { buffer, name: (program.buffers[buffer] as TileBuffer).name, slots, slotBytes, first, last };
  });
  const worst = worstOf(buffers);
  const live = buffers.filter((one) => isNeededAt(one, worst)).sort((a, b) => bytesOf(b) - bytesOf(a));
  return {
    kernel: kernel.name,
    memory,
    neededBytes: room.bytes,
    capacityBytes: space.capacityBytes,
    unitBytes: memory === "psum" ? space.bankBytes : 1,
    statements: nodes.length,
    worst,
    worstOp: nodes[worst]?.op ?? "",
    live,
    liveBytes: sumBytes(live),
    otherBytes: sumBytes(buffers) - sumBytes(live),
  };
}

const bytesOf = ({ slots, slotBytes }: MisfitBuffer): number => slots * slotBytes;
const sumBytes = (buffers: readonly MisfitBuffer[]): number => buffers.reduce((sum, one) => sum + bytesOf(one), 0);
const isNeededAt = ({ first, last }: MisfitBuffer, at: number): boolean => first <= at && at <= last;

/** Where most bytes are needed, of equal places the first: it is always where some buffer begins. */
function worstOf(buffers: readonly MisfitBuffer[]): number {
  let [worst, most] = [0, -1];
  for (const { first } of buffers.toSorted((a, b) => a.first - b.first)) {
    const bytes = sumBytes(buffers.filter((one) => isNeededAt(one, first)));
    if (bytes > most) [worst, most] = [first, bytes];
  }
  return worst;
}

/** The statements in the order in which lives count them. */
function nodesIn(body: readonly TileStatement[]): readonly TileNode[] {
  return body.flatMap((statement) => {
    if (statement.kind === "loop") return nodesIn(statement.body);
    return statement.kind === "op" ? [statement] : [];
  });
}

/** A kernel that does not fit, with what is needed at the same time. */
export function misfitDiagnostic(program: TileProgram, misfit: Misfit): Diagnostic {
  const { kernel, memory, neededBytes, capacityBytes, unitBytes } = misfit;
  const args = {
    kernel,
    memory: memory.toUpperCase(),
    needed: neededBytes / unitBytes,
    capacity: capacityBytes / unitBytes,
    unit: unitOf(misfit),
  };
  return at(problem("E0801", args), undefined, misfitNotes(program, misfit));
}

const unitOf = ({ memory }: Misfit): string => (memory === "psum" ? "banks" : "B per partition");

/** The buffers that are listed one by one. Assumed: the small ones after them make no difference. */
const mostListed = 12;

/** Signs that show a kernel's statements from the first to the last one. */
const mapWidth = 24;

/** The live set and its map; `whereOf` says where a buffer comes from, such as `line 3`. */
export function misfitNotes(
  program: TileProgram,
  misfit: Misfit,
  whereOf: (buffer: BufferId) => string = () => "",
): readonly Note[] {
  const { memory, statements, worst, worstOp, live, liveBytes, otherBytes, unitBytes } = misfit;
  const count = (bytes: number): string => `${+(bytes / unitBytes).toFixed(2)}`;
  const unit = memory === "psum" ? "banks" : "B";
  const head = `statement ${worst + 1} of ${statements} (${worstOp}) needs ${count(liveBytes)} ${unit} at once; others need ${count(otherBytes)} ${unit} at other times`;
  const listed = live.slice(0, mostListed);
  const rows = listed.map((one) => {
    const { dtype, shape } = program.buffers[one.buffer] as TileBuffer;
    const share = Math.round((100 * bytesOf(one)) / Math.max(1, liveBytes));
    const where = whereOf(one.buffer);
    const size = `${one.slots} x ${count(one.slotBytes)} ${unit}, ${share} %`;
    return [mapOf(one, misfit), `${one.name}: ${dtype}[${shape.join(", ")}]`, size, where].filter(
      (cell) => cell !== "",
    );
  });
  const rest = live.slice(mostListed);
  const more = rest.length === 0 ? [] : [{ text: `${rest.length} more buffers, ${count(sumBytes(rest))} ${unit}` }];
  return [{ text: head }, ...rows.map((cells) => ({ text: cells.join(", ") })), ...more];
}

/** `[ ====   ]`: which of the kernel's statements a buffer is needed for. */
function mapOf({ first, last }: MisfitBuffer, { statements }: Misfit): string {
  const width = Math.min(mapWidth, Math.max(1, statements));
  const column = (statement: number): number => Math.floor((statement * width) / Math.max(1, statements));
  const [from, to] = [column(first), column(last)];
  const signs = Array.from({ length: width }, (_, index) => (index >= from && index <= to ? "=" : " "));
  return `[${signs.join("")}]`;
}
