// Ranges of bytes that share some.

interface ByteRange {
  readonly lowBytes: number;
  /** One past the last byte. */
  readonly endBytes: number;
}

/** Sets of ranges of bytes connected by shared bytes, found in one sweep by address. */
export function sharedSets<T extends ByteRange>(ranges: readonly T[]): readonly (readonly T[])[] {
  const byAddress = [...ranges].sort((a, b) => a.lowBytes - b.lowBytes);
  const sets: T[][] = [];
  let endOfSet = Number.NEGATIVE_INFINITY;
  for (const range of byAddress) {
    if (range.lowBytes < endOfSet) sets.at(-1)?.push(range);
    else sets.push([range]);
    endOfSet = Math.max(endOfSet, range.endBytes);
  }
  return sets;
}
