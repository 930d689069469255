// The tokens of a run's semaphores: how many there are, and since when. Each semaphore has one producer and one consumer.

import type { Semaphore } from "../stream.ts";

/** Tokens that became available together. */
interface Batch {
  readonly sinceNs: number;
  /** False for tokens that are there from the start: they need no hop between queues. */
  readonly isReleased: boolean;
  left: number;
}

/** One semaphore's tokens in the order of release; changed in place. */
export interface TokenQueue {
  readonly batches: Batch[];
  /** Batches before this one are used up. */
  head: number;
  available: number;
}

export function makeTokenQueue({ initial }: Semaphore): TokenQueue {
  const batches = initial > 0 ? [{ sinceNs: 0, isReleased: false, left: initial }] : [];
  return { batches, head: 0, available: initial };
}

export function addTokens(tokens: TokenQueue, count: number, sinceNs: number): void {
  tokens.batches.push({ sinceNs, isReleased: true, left: count });
  tokens.available += count;
}

/** Takes tokens that are available; returns when the last of them could be seen by the consumer (ns). */
export function takeTokens(tokens: TokenQueue, count: number, hopNs: number): number {
  let left = count;
  let readyNs = 0;
  while (left > 0) {
    const batch = tokens.batches[tokens.head]!;
    const taken = Math.min(left, batch.left);
    batch.left -= taken;
    left -= taken;
    if (batch.isReleased) readyNs = batch.sinceNs + hopNs;
    if (batch.left === 0) tokens.head += 1;
  }
  tokens.available -= count;
  forgetUsed(tokens);
  return readyNs;
}

/** Keeps long runs from piling up batches that are used up. */
function forgetUsed(tokens: TokenQueue): void {
  const worthForgetting = 1000;
  if (tokens.head < worthForgetting) return;
  tokens.batches.splice(0, tokens.head);
  tokens.head = 0;
}
