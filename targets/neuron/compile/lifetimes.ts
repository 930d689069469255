// Packing by lifetime: things that are never needed at the same time may share bytes.

import { alignUp } from "../../../ir-spec/tile-size.ts";

/** A thing of some bytes that is needed from step `first` to step `last`, both included. */
export interface Lifetime<T> {
  readonly item: T;
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  /** It begins at a multiple of this; 1 where it is not given. */
  readonly unitBytes?: number;
}

export interface Packed<T> {
  readonly item: T;
  readonly offset: number;
}

/**
 * Gives each the lowest offset at which none that lives at the same time is in the way; large ones first, then those that begin
 * first. Method: first fit by decreasing size, as for dynamic storage allocation.
 * Source: M. R. Garey, D. S. Johnson, "Computers and Intractability" (1979), problem SR2.
 */
export function packByLifetime<T>(lifetimes: readonly Lifetime<T>[]): readonly Packed<T>[] {
  const order = [...lifetimes.keys()].sort((a, b) => {
    const [left, right] = [lifetimes[a] as Lifetime<T>, lifetimes[b] as Lifetime<T>];
    return right.bytes - left.bytes || left.first - right.first || a - b;
  });
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: { readonly index: number; readonly start: number; readonly end: number }[] = [];
  for (const index of order) {
    const { first, last, bytes, unitBytes = 1 } = lifetimes[index] as Lifetime<T>;
    let start = 0;
    for (const other of placed) {
      const { first: otherFirst, last: otherLast } = lifetimes[other.index] as Lifetime<T>;
      if (otherLast < first || last < otherFirst || other.end <= start) continue;
      if (start + bytes <= other.start) break;
      start = alignUp(other.end, unitBytes);
    }
    offsets[index] = start;
    const at = placed.findIndex((other) => other.start > start);
    placed.splice(at < 0 ? placed.length : at, 0, { index, start, end: start + bytes });
  }
  return lifetimes.map(({ item }, index) => ({ item, offset: offsets[index] as number }));
}
