// The tokens of a run's semaphores: how many there are, and since when. Each semaphore has one producer and one consumer.

import type { Semaphore } from "../stream.ts";

/**
 * One semaphore's tokens in batches that became available together, in the order of release; changed in place. The batches
 * stand in a ring, from place `first` on. Tokens that are there from the start are there since ever: they need no hop
 * between queues.
 */
export interface TokenQueue {
  sinceNs: Float64Array;
  left: Float64Array;
  first: number;
  batches: number;
  available: number;
}

export function makeTokenQueue({ initial }: Semaphore): TokenQueue {
  const places = 4;
  const [sinceNs, left] = [new Float64Array(places), new Float64Array(places)];
  const tokens: TokenQueue = { sinceNs, left, first: 0, batches: 0, available: 0 };
  if (initial > 0) addTokens(tokens, initial, Number.NEGATIVE_INFINITY);
  return tokens;
}

export function addTokens(tokens: TokenQueue, count: number, sinceNs: number): void {
  if (tokens.batches === tokens.left.length) growRing(tokens);
  const place = placeInRing(tokens, tokens.first + tokens.batches);
  tokens.sinceNs[place] = sinceNs;
  tokens.left[place] = count;
  tokens.batches += 1;
  tokens.available += count;
}

/** Takes tokens that are available; returns when the last of them could be seen by the consumer (ns). */
export function takeTokens(tokens: TokenQueue, count: number, hopNs: number): number {
  const { sinceNs, left } = tokens;
  let wanted = count;
  let readyNs = 0;
  while (wanted > 0) {
    const { first } = tokens;
    const seenNs = sinceNs[first]! + hopNs;
    if (seenNs > readyNs) readyNs = seenNs;
    const rest = left[first]! - wanted;
    left[first] = rest;
    if (rest > 0) break;
    wanted = -rest;
    tokens.first = placeInRing(tokens, first + 1);
    tokens.batches -= 1;
  }
  tokens.available -= count;
  return readyNs;
}

/** Of a place less than a round behind the ring's end. */
function placeInRing({ left }: TokenQueue, place: number): number {
  return place < left.length ? place : place - left.length;
}

function growRing(tokens: TokenQueue): void {
  const { sinceNs, left, first } = tokens;
  tokens.sinceNs = unrolled(sinceNs, first);
  tokens.left = unrolled(left, first);
  tokens.first = 0;
}

/** The ring's places from `first` on, with as many free ones behind them. */
function unrolled(ring: Float64Array, first: number): Float64Array {
  const grown = new Float64Array(2 * ring.length);
  grown.set(ring.subarray(first));
  grown.set(ring.subarray(0, first), ring.length - first);
  return grown;
}
