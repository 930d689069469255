// What the check knows of one granule of memory, and how an access changes it. A granule is a piece that every operand touches as
// a whole or not at all (reach.ts), on chip in all the partitions of one group.
//
// On chip an access always begins at the first partition of a group, so any two accesses to a granule overlap; what the
// partitions hold is in contents.ts. States are immutable and numbered, granules hold the numbers. Neighbouring granules mostly
// share a state, so a rule is worked out once for each state that an access meets, and the rest is comparing and copying
// numbers.

import { anyHolds, type Contents, markRead, type PartitionRun, write, writtenPartitions } from "./contents.ts";
import { type Event, isExecution } from "./events.ts";

/** In place of the number of a tensor. */
export const onChip = -1;

export interface GranuleState {
  /** The event that wrote last. */
  readonly writer: Event;
  /** In HBM one partition at most. */
  readonly contents: Contents;
  /** The tensor through which it was written last; `onChip` on chip. */
  readonly tensor: number;
  /** Since the last write, the latest reading event of each queue that read. */
  readonly readers: readonly Event[];
}

/** `start` and `accumulate` are what an update operand does: overwrite as the first of a group, or add to it. */
export type AccessMode = "read" | "write" | "start" | "accumulate";

export interface GranuleAccess {
  readonly mode: AccessMode;
  readonly event: Event;
  /** Partitions of the granule that it touches; 1 in HBM. */
  readonly partitions: number;
  readonly tensor: number;
}

export type Fault =
  | { readonly kind: "race"; readonly other: Event; readonly otherWrites: boolean }
  | { readonly kind: "unwritten" }
  | { readonly kind: "foreign"; readonly writer: Event; readonly tensor: number }
  | { readonly kind: "not-started"; readonly writer: Event }
  | { readonly kind: "sum-unread"; readonly writer: Event }
  | { readonly kind: "sum-read"; readonly reader: Event | undefined }
  | { readonly kind: "value-unread"; readonly writer: Event };

/** Whether the event happened before what runs now. */
export type OrderTest = (event: Event) => boolean;

/** What an access finds wrong with a granule. */
export function findFaults(old: GranuleState, access: GranuleAccess, isOrdered: OrderTest): readonly Fault[] {
  const faults = findRaces(old, access, isOrdered);
  const fault = findContentFault(old, access);
  if (fault !== undefined) faults.push(fault);
  return faults;
}

function findRaces({ writer, readers }: GranuleState, { mode }: GranuleAccess, isOrdered: OrderTest): Fault[] {
  const faults: Fault[] = [];
  if (isExecution(writer) && !isOrdered(writer)) faults.push({ kind: "race", other: writer, otherWrites: true });
  if (mode === "read") return faults;
  for (const other of readers) {
    if (!isOrdered(other)) faults.push({ kind: "race", other, otherWrites: false });
  }
  return faults;
}

const isSumUnread = ({ holds, isRead }: PartitionRun): boolean => holds === "sum" && !isRead;
const isSumRead = ({ holds, isRead }: PartitionRun): boolean => holds === "sum" && isRead;
const isValue = ({ holds }: PartitionRun): boolean => holds === "value";
const isValueUnread = ({ holds, isRead }: PartitionRun): boolean => holds === "value" && !isRead;

/** What is wrong with doing this to what the partitions hold. */
function findContentFault(old: GranuleState, { mode, partitions, tensor }: GranuleAccess): Fault | undefined {
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

/** Whether an access leaves nothing of what a granule held: then it makes one new state of all such granules. */
export function isReplaced(old: GranuleState, { mode, partitions, tensor }: GranuleAccess): boolean {
  return mode !== "read" && (old.tensor !== tensor || writtenPartitions(old.contents) <= partitions);
}

/** The state of a granule after an access. */
export function nextState(old: GranuleState, access: GranuleAccess): GranuleState {
  const { mode, event, partitions, tensor } = access;
  if (mode === "read") {
    const { writer, contents, readers } = old;
    return {
      writer,
      contents: markRead(contents, partitions),
      tensor: old.tensor,
      readers: withReader(readers, event),
    };
  }
  const kept = old.tensor === tensor ? old.contents : [];
  const contents = write(kept, partitions, mode === "write" ? "value" : "sum");
  return { writer: event, contents, tensor, readers: [] };
}

/** The event takes the place of the last one of its queue, and is at the end. */
function withReader(readers: readonly Event[], event: Event): readonly Event[] {
  const [only] = readers;
  if (only === undefined || (readers.length === 1 && only.queue === event.queue)) return [event];
  return [...readers.filter(({ queue }) => queue !== event.queue), event];
}
