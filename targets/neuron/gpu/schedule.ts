// Groups work into batches, each of which is one dispatch. Work comes in an order that the tokens allow. A piece goes into
// the first batch of its class behind every batch that holds something it depends on: that wrote what it touches, or read
// what it writes. So each byte sees the same reads and writes in the same order, and pieces of one batch do not meet; all
// else may change places. A matmul may join the batch of the one before it when it adds to the same place: then both are
// links of a chain.

import { invariant } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeShadow, type Shadow } from "./cells.ts";
import type { Kernel, Launch } from "./kernel.ts";
import { type Product, productWorkgroups } from "./matmul.ts";
import type { MemoryMap } from "./memory-map.ts";
import type { Place } from "./places.ts";
import type { Work } from "./prepare.ts";
import { type Snapshot, snapshotPlace } from "./snapshot.ts";

interface ChainStart {
  /** All but the number of its first link and of its links. */
  readonly record: readonly number[];
  readonly workgroups: readonly [columns: number, rows: number];
}

export interface Chain {
  readonly start: ChainStart;
  readonly links: readonly (readonly number[])[];
}

export type Batch =
  | { readonly kind: "launches"; readonly kernel: Kernel; readonly launches: readonly Launch[] }
  | { readonly kind: "chains"; readonly kernel: Kernel; readonly chains: readonly Chain[] }
  | { readonly kind: "snapshots"; readonly snapshots: readonly Snapshot[] };

/** A batch while it grows: what a class's members are depends on the class. */
interface GrowingBatch {
  readonly kernel: Kernel | undefined;
  readonly launches: Launch[];
  readonly chains: { readonly start: ChainStart; readonly links: (readonly number[])[] }[];
  readonly snapshots: Snapshot[];
}

/** Batches while they grow; changed in place. */
export interface Schedule {
  readonly shadow: Shadow;
  readonly batches: GrowingBatch[];
  /** Numbers of the batches of each class, in order. */
  readonly byClass: Map<Kernel | undefined, number[]>;
  /** By place of PSUM: the batch and the links of the chain that last began there. */
  readonly chains: Map<string, { readonly batch: number; readonly links: (readonly number[])[] }>;
  /** Most members of a batch: the most workgroups that a dispatch has along one dimension. */
  readonly most: number;
}

export function makeSchedule(map: MemoryMap, machine: Machine, most: number): Schedule {
  return { shadow: makeShadow(map, machine), batches: [], byClass: new Map(), chains: new Map(), most };
}

/** Puts a piece of work into its batch. */
export function addWork(schedule: Schedule, work: Work): void {
  switch (work.kind) {
    case "launch":
      batchAt(schedule, place(schedule, work.launch.kernel, work.reads, work.writes)).launches.push(work.launch);
      return;
    case "product":
      addProduct(schedule, work.product);
      return;
    case "snapshot": {
      const { memory, copy } = work.snapshot;
      const [from, to] = [snapshotPlace(work.snapshot, memory), snapshotPlace(work.snapshot, copy)];
      batchAt(schedule, place(schedule, undefined, [from], [to])).snapshots.push(work.snapshot);
      return;
    }
    default:
      work satisfies never;
  }
}

/** The batches in order. */
export function batchesOf({ batches }: Schedule): readonly Batch[] {
  return batches.map(({ kernel, launches, chains, snapshots }) => {
    if (kernel === undefined) return { kind: "snapshots", snapshots };
    return launches.length > 0 ? { kind: "launches", kernel, launches } : { kind: "chains", kernel, chains };
  });
}

function batchAt({ batches }: Schedule, index: number): GrowingBatch {
  const batch = batches[index];
  invariant(batch !== undefined, `there is no batch ${index}`);
  return batch;
}

function addProduct(schedule: Schedule, product: Product): void {
  const { dst, link, kernel, record } = product;
  const key = JSON.stringify(dst);
  const open = schedule.chains.get(key);
  if (open !== undefined && canJoin(schedule, product, open.batch)) {
    for (const read of link.reads) schedule.shadow.read(read, open.batch);
    open.links.push(link.record);
    return;
  }
  const links = [link.record];
  const batch = place(schedule, kernel, link.reads, [dst]);
  batchAt(schedule, batch).chains.push({ start: { record, workgroups: productWorkgroups(dst) }, links });
  schedule.chains.set(key, { batch, links });
}

/** Nothing but the chain's batch wrote the place last, nothing read it since, and what the link reads is there before. */
function canJoin({ shadow, batches }: Schedule, { accumulate, dst, kernel, link }: Product, batch: number): boolean {
  if (!accumulate || batches[batch]?.kernel !== kernel) return false;
  if (link.reads.some((read) => shadow.lastWrite(read) >= batch)) return false;
  return shadow.isWrittenBy(dst, batch) && shadow.lastRead(dst) <= batch;
}

/** Finds or makes the batch for a piece of work, and marks what it touches. */
function place(
  schedule: Schedule,
  kernel: Kernel | undefined,
  reads: readonly Place[],
  writes: readonly Place[],
): number {
  const { shadow } = schedule;
  let behind = -1;
  for (const read of reads) behind = Math.max(behind, shadow.lastWrite(read));
  for (const write of writes) behind = Math.max(behind, shadow.lastWrite(write), shadow.lastRead(write));
  const batch = batchBehind(schedule, kernel, behind);
  for (const read of reads) shadow.read(read, batch);
  for (const write of writes) shadow.write(write, batch);
  return batch;
}

function batchBehind({ batches, byClass, most }: Schedule, kernel: Kernel | undefined, behind: number): number {
  const ofClass = byClass.get(kernel) ?? [];
  byClass.set(kernel, ofClass);
  for (let at = firstBehind(ofClass, behind); at < ofClass.length; at++) {
    const { launches, chains } = batches[ofClass[at]!]!;
    if (launches.length < most && chains.length < most) return ofClass[at]!;
  }
  batches.push({ kernel, launches: [], chains: [], snapshots: [] });
  ofClass.push(batches.length - 1);
  return batches.length - 1;
}

/** The place of the first number above `behind` in a sorted list. */
function firstBehind(sorted: readonly number[], behind: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > behind) high = middle;
    else low = middle + 1;
  }
  return low;
}
