// Which kernel used which bytes of a memory last, in which queue. Bytes are kept in segments that no use has divided.

import type { QueueName } from "../stream.ts";
import type { TouchKind } from "./touches.ts";

/** Bytes from `start` up to `end` (exclusive). */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** By queue the last kernel. */
type LastKernels = ReadonlyMap<QueueName, number>;

interface Segment extends ByteRange {
  readonly readers: LastKernels;
  readonly writers: LastKernels;
}

export interface LastUsers {
  /** For each queue the last kernel whose use of some of the bytes conflicts with one of this kind: one of both writes. */
  readonly conflicts: (range: ByteRange, kind: TouchKind) => LastKernels;
  /** Takes note of a use; kernels come in order. */
  readonly use: (range: ByteRange, kind: TouchKind, queue: QueueName, kernel: number) => void;
}

const reads = 1;
const writes = 2;

export function makeLastUsers(): LastUsers {
  /** In order, apart from each other. */
  let segments: Segment[] = [];
  return {
    conflicts: ({ start, end }, kind) => {
      const found = new Map<QueueName, number>();
      for (let at = firstEndingAfter(segments, start); at < segments.length; at++) {
        const segment = segments[at] as Segment;
        if (segment.start >= end) break;
        takeLatest(found, segment.writers);
        if ((kind & writes) !== 0) takeLatest(found, segment.readers);
      }
      return found;
    },
    use: (range, kind, queue, kernel) => {
      const from = firstEndingAfter(segments, range.start);
      let to = from;
      while (to < segments.length && (segments[to] as Segment).start < range.end) to++;
      const touched = cutAt(segments.slice(from, to), range);
      const noted = touched.map((segment) =>
        isInside(segment, range) ? withUse(segment, kind, queue, kernel) : segment,
      );
      segments = [...segments.slice(0, from), ...noted, ...segments.slice(to)];
    },
  };
}

function firstEndingAfter(segments: readonly Segment[], address: number): number {
  let [low, high] = [0, segments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle] as Segment).end > address) high = middle;
    else low = middle + 1;
  }
  return low;
}

function takeLatest(found: Map<QueueName, number>, kernels: LastKernels): void {
  for (const [queue, kernel] of kernels) found.set(queue, Math.max(found.get(queue) ?? -1, kernel));
}

function isInside(inner: ByteRange, outer: ByteRange): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

const nobody: LastKernels = new Map();

/** The segments divided at the ends of the range, with new ones where it has none yet. */
function cutAt(segments: readonly Segment[], { start, end }: ByteRange): readonly Segment[] {
  const cut: Segment[] = [];
  let next = start;
  const fill = (until: number): void => {
    if (next < until) cut.push({ start: next, end: until, readers: nobody, writers: nobody });
  };
  for (const segment of segments) {
    fill(segment.start);
    const bounds = [segment.start, Math.max(segment.start, start), Math.min(segment.end, end), segment.end];
    for (const [index, first] of bounds.entries()) {
      const last = bounds[index + 1];
      if (last !== undefined && first < last) cut.push({ ...segment, start: first, end: last });
    }
    next = segment.end;
  }
  fill(end);
  return cut;
}

function withUse(segment: Segment, kind: TouchKind, queue: QueueName, kernel: number): Segment {
  const added = (kernels: LastKernels, bit: number): LastKernels =>
    (kind & bit) === 0 ? kernels : new Map([...kernels, [queue, kernel]]);
  return { ...segment, readers: added(segment.readers, reads), writers: added(segment.writers, writes) };
}
