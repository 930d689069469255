// What the check knows of one cell of memory, and how an access changes it. A cell is the smallest piece that any
// operand can touch (an element of the smallest dtype in that memory), on chip in all the partitions of one group.
//
// On chip an access always begins at the first partition of a group, so any two accesses to a cell overlap, and the
// partitions that are written, or that belong to an open accumulation group, are a prefix: a count says it all.
// States are immutable and numbered, cells hold the numbers. Neighbouring cells mostly share a state, so a rule is
// worked out once for each state that an access meets, and the rest is comparing and copying numbers.

/** In place of the number of a writing event. */
export const neverWritten = -1;
export const writtenAtStart = -2;

export interface CellState {
  /** The event that wrote last. */
  readonly writer: number;
  /** Partitions written, from the group's first; in HBM 1 or 0. */
  readonly written: number;
  /** Partitions of the open accumulation group: overwritten by its first instruction, and since then only added to. */
  readonly accumulating: number;
  /** The tensor through which it was written last; -1 on chip. */
  readonly tensor: number;
  /** Since the last write, the latest reading event of each queue that read. */
  readonly readers: readonly number[];
}

/** `start` and `accumulate` are what an update operand does: overwrite as the first of a group, or add to it. */
export type AccessMode = "read" | "write" | "start" | "accumulate";

export interface CellAccess {
  readonly mode: AccessMode;
  readonly event: number;
  /** Partitions of the cell that it touches; 1 in HBM. */
  readonly partitions: number;
  readonly tensor: number;
}

export type Fault =
  | { readonly kind: "race"; readonly other: number; readonly otherWrites: boolean }
  | { readonly kind: "unwritten" }
  | { readonly kind: "foreign"; readonly writer: number; readonly tensor: number }
  | { readonly kind: "not-started"; readonly writer: number };

/** Whether the event happened before what runs now. */
export type OrderTest = (event: number) => boolean;

/** What an access finds wrong with a cell. */
export function findFaults(old: CellState, access: CellAccess, isOrdered: OrderTest): readonly Fault[] {
  const faults: Fault[] = [];
  const { writer } = old;
  if (writer >= 0 && !isOrdered(writer)) faults.push({ kind: "race", other: writer, otherWrites: true });
  if (access.mode !== "read") {
    for (const other of old.readers) {
      if (!isOrdered(other)) faults.push({ kind: "race", other, otherWrites: false });
    }
  }
  if (access.mode === "read") {
    if (old.written < access.partitions) faults.push({ kind: "unwritten" });
    else if (old.tensor !== access.tensor) faults.push({ kind: "foreign", writer, tensor: old.tensor });
  }
  if (access.mode === "accumulate" && old.accumulating < access.partitions) {
    faults.push({ kind: "not-started", writer });
  }
  return faults;
}

/** The state of a cell after an access; `queueOf` tells the queue of an event. */
export function nextState(old: CellState, access: CellAccess, queueOf: (event: number) => number): CellState {
  const { mode, event, partitions, tensor } = access;
  if (mode === "read") {
    const queue = queueOf(event);
    const others = old.readers.filter((reader) => queueOf(reader) !== queue);
    return { ...old, readers: [...others, event] };
  }
  const written = old.tensor === tensor ? Math.max(old.written, partitions) : partitions;
  const accumulating = mode === "write" ? 0 : Math.max(old.accumulating, partitions);
  return { writer: event, written, accumulating, tensor, readers: [] };
}
