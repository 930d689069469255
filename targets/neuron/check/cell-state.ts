// What the check knows of one cell of memory, and how an access changes it. A cell is the smallest piece that any
// operand can touch (an element of the smallest dtype in that memory), on chip in all the partitions of one group.
//
// On chip an access always begins at the first partition of a group, so any two accesses to a cell overlap; what the
// partitions hold is in contents.ts. States are immutable and numbered, cells hold the numbers. Neighbouring cells mostly
// share a state, so a rule is worked out once for each state that an access meets, and the rest is comparing and copying
// numbers.

import { anyHolds, type Contents, markRead, type Run, write, writtenPartitions } from "./contents.ts";

/** In place of the number of a tensor. */
export const onChip = -1;
/** In place of the number of a writing event. */
export const neverWritten = -1;
export const writtenAtStart = -2;

export interface CellState {
  /** The event that wrote last. */
  readonly writer: number;
  /** In HBM one partition at most. */
  readonly contents: Contents;
  /** The tensor through which it was written last; `onChip` on chip. */
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
  | { readonly kind: "not-started"; readonly writer: number }
  | { readonly kind: "sum-unread"; readonly writer: number }
  | { readonly kind: "sum-read"; readonly reader: number | undefined }
  | { readonly kind: "value-unread"; readonly writer: number };

/** Whether the event happened before what runs now. */
export type OrderTest = (event: number) => boolean;

/** What an access finds wrong with a cell. */
export function findFaults(old: CellState, access: CellAccess, isOrdered: OrderTest): readonly Fault[] {
  const faults = findRaces(old, access, isOrdered);
  const fault = findContentFault(old, access);
  if (fault !== undefined) faults.push(fault);
  return faults;
}

function findRaces({ writer, readers }: CellState, { mode }: CellAccess, isOrdered: OrderTest): Fault[] {
  const faults: Fault[] = [];
  if (writer >= 0 && !isOrdered(writer)) faults.push({ kind: "race", other: writer, otherWrites: true });
  if (mode === "read") return faults;
  for (const other of readers) {
    if (!isOrdered(other)) faults.push({ kind: "race", other, otherWrites: false });
  }
  return faults;
}

const isSumUnread = ({ holds, isRead }: Run): boolean => holds === "sum" && !isRead;
const isSumRead = ({ holds, isRead }: Run): boolean => holds === "sum" && isRead;
const isValue = ({ holds }: Run): boolean => holds === "value";
const isValueUnread = ({ holds, isRead }: Run): boolean => holds === "value" && !isRead;

/** What is wrong with doing this to what the partitions hold. */
function findContentFault(old: CellState, { mode, partitions, tensor }: CellAccess): Fault | undefined {
  const { contents, writer, readers } = old;
  switch (mode) {
    case "read":
      if (writtenPartitions(contents) < partitions) return { kind: "unwritten" };
      return old.tensor === tensor ? undefined : { kind: "foreign", writer, tensor: old.tensor };
    case "accumulate":
      if (writtenPartitions(contents) < partitions || anyHolds(contents, partitions, isValue))
        return { kind: "not-started", writer };
      return anyHolds(contents, partitions, isSumRead) ? { kind: "sum-read", reader: readers.at(-1) } : undefined;
    case "write":
    case "start":
      if (anyHolds(contents, partitions, isSumUnread)) return { kind: "sum-unread", writer };
      return tensor === onChip && anyHolds(contents, partitions, isValueUnread)
        ? { kind: "value-unread", writer }
        : undefined;
    default:
      return mode satisfies never;
  }
}

/** The state of a cell after an access; `queueOf` tells the queue of an event. */
export function nextState(old: CellState, access: CellAccess, queueOf: (event: number) => number): CellState {
  const { mode, event, partitions, tensor } = access;
  if (mode === "read") {
    const queue = queueOf(event);
    const others = old.readers.filter((reader) => queueOf(reader) !== queue);
    return { ...old, contents: markRead(old.contents, partitions), readers: [...others, event] };
  }
  const kept = old.tensor === tensor ? old.contents : [];
  const contents = write(kept, partitions, mode === "write" ? "value" : "sum");
  return { writer: event, contents, tensor, readers: [] };
}
