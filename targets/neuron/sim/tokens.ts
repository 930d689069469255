// The tokens of a run's semaphores: how many there are, and since when. Each semaphore has one producer and one consumer.

import type { Semaphore } from "../stream.ts";

/**
 * The tokens of all semaphores, in batches that became available together, in the order of release; changed in place. A
 * semaphore's batches are in a ring of places in `sinceNs` and `left`, whose bounds and state are by semaphore.
 */
export interface Tokens {
  /** Tokens that are there. */
  readonly available: Float64Array;
  readonly batches: Int32Array;
  /** Place of the first batch; the ring's first place, and the one after its last. */
  readonly next: Int32Array;
  readonly ringStarts: Int32Array;
  readonly ringEnds: Int32Array;
  /** By place: since when the batch is there (ns), and how many of its tokens are left. */
  sinceNs: Float64Array;
  left: Float64Array;
  /** Places that belong to a ring. */
  places: number;
}

const firstRingPlaces = 4;

/** Tokens that are there from the start are there since ever: they need no hop between queues. */
export function makeTokens(semaphores: readonly Semaphore[]): Tokens {
  const count = semaphores.length;
  const places = count * firstRingPlaces;
  const ringStarts = Int32Array.from(semaphores, (_semaphore, sem) => sem * firstRingPlaces);
  const tokens: Tokens = {
    available: new Float64Array(count),
    batches: new Int32Array(count),
    next: ringStarts.slice(),
    ringStarts,
    ringEnds: ringStarts.map((start) => start + firstRingPlaces),
    sinceNs: new Float64Array(places),
    left: new Float64Array(places),
    places,
  };
  for (const [sem, { initial }] of semaphores.entries()) {
    if (initial > 0) addTokens(tokens, sem, initial, Number.NEGATIVE_INFINITY);
  }
  return tokens;
}

export function addTokens(tokens: Tokens, sem: number, count: number, sinceNs: number): void {
  const { available, batches, next, ringStarts, ringEnds } = tokens;
  if (batches[sem] === ringEnds[sem]! - ringStarts[sem]!) growRing(tokens, sem);
  const unwrapped = next[sem]! + batches[sem]!;
  const place = unwrapped < ringEnds[sem]! ? unwrapped : unwrapped - ringEnds[sem]! + ringStarts[sem]!;
  tokens.sinceNs[place] = sinceNs;
  tokens.left[place] = count;
  batches[sem]! += 1;
  available[sem]! += count;
}

/** Takes tokens that are available; returns when the last of them could be seen by the consumer (ns). */
export function takeTokens(tokens: Tokens, sem: number, count: number, hopNs: number): number {
  const { available, batches, next, ringStarts, ringEnds, sinceNs, left } = tokens;
  let wanted = count;
  let readyNs = 0;
  while (wanted > 0) {
    const place = next[sem]!;
    const rest = left[place]! - wanted;
    readyNs = Math.max(readyNs, sinceNs[place]! + hopNs);
    left[place] = rest;
    if (rest > 0) break;
    wanted = -rest;
    next[sem] = place + 1 < ringEnds[sem]! ? place + 1 : ringStarts[sem]!;
    batches[sem]! -= 1;
  }
  available[sem]! -= count;
  return readyNs;
}

/** Moves a full ring to new places, twice as many, after all others. */
function growRing(tokens: Tokens, sem: number): void {
  const { next, ringStarts, ringEnds, places } = tokens;
  const [start, first, end] = [ringStarts[sem]!, next[sem]!, ringEnds[sem]!];
  tokens.places = places + 2 * (end - start);
  if (tokens.places > tokens.left.length) {
    tokens.sinceNs = enlarged(tokens.sinceNs, 2 * tokens.places);
    tokens.left = enlarged(tokens.left, 2 * tokens.places);
  }
  for (const column of [tokens.sinceNs, tokens.left]) {
    column.copyWithin(places, first, end);
    column.copyWithin(places + end - first, start, first);
  }
  ringStarts[sem] = places;
  next[sem] = places;
  ringEnds[sem] = tokens.places;
}

function enlarged(column: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(column);
  return larger;
}
