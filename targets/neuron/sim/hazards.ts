// An engine's own results: an instruction that reads what an earlier one of the same queue writes waits for its result.
// Source: measured, instruction traces of attention kernels on trn2: 34 to 35 ns from the one's end to the other's start,
// while instructions that do not depend on each other overlap.

import type { Machine } from "../../../ir-spec/machine.ts";
import { type ChipAccess, overlap, type Stretch } from "./operands.ts";

/** A result on its way; used again for another one when it has arrived. */
type Pending = { -readonly [K in keyof Stretch]: Stretch[K] } & { readyNs: number };

/** Results of one queue that may not be there yet: the first `count` places; changed in place. */
export interface OwnResults {
  readonly pending: Pending[];
  count: number;
  /** From a result to what reads it (ns). */
  readonly delayNs: number;
}

export function makeOwnResults({ ownResultNs }: Machine): OwnResults {
  return { pending: [], count: 0, delayNs: ownResultNs };
}

/** The earliest time from `fromNs` on at which all that is read is there. */
export function ownResultsReadyNs(results: OwnResults, accesses: readonly ChipAccess[], fromNs: number): number {
  forgetArrived(results, fromNs);
  let readyNs = fromNs;
  for (let place = 0; place < results.count; place++) {
    const result = results.pending[place]!;
    if (result.readyNs > readyNs && isReadBy(accesses, result)) readyNs = result.readyNs;
  }
  return readyNs;
}

function isReadBy(accesses: readonly ChipAccess[], result: Stretch): boolean {
  for (const access of accesses) if (access.isRead && overlap(access, result)) return true;
  return false;
}

/** Adds what is written to the results on their way. */
export function addOwnResults(results: OwnResults, accesses: readonly ChipAccess[], completionNs: number): void {
  for (const access of accesses) {
    if (!access.isWritten) continue;
    const { memory, firstPartition, endPartition, firstByte, endByte } = access;
    const result = freePlace(results);
    result.memory = memory;
    result.firstPartition = firstPartition;
    result.endPartition = endPartition;
    result.firstByte = firstByte;
    result.endByte = endByte;
    result.readyNs = completionNs + results.delayNs;
  }
}

/** The place after the results on their way, made if it is the first of its number. */
function freePlace(results: OwnResults): Pending {
  const { pending, count } = results;
  if (count === pending.length) {
    pending.push({ memory: "sbuf", firstPartition: 0, endPartition: 0, firstByte: 0, endByte: 0, readyNs: 0 });
  }
  results.count = count + 1;
  return pending[count]!;
}

/** Those that are there change places with those that are not. */
function forgetArrived(results: OwnResults, ns: number): void {
  const { pending, count } = results;
  let kept = 0;
  for (let place = 0; place < count; place++) {
    const result = pending[place]!;
    if (result.readyNs <= ns) continue;
    pending[place] = pending[kept]!;
    pending[kept++] = result;
  }
  results.count = kept;
}
