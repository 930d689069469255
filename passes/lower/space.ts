// An iteration space and how operands walk it. Neighbouring dimensions that every operand walks as one run are merged,
// so that a kernel has few loops and long rows. Used by all lowerings.

/** How one operand walks the space: one stride per dimension (0 where it does not depend on it). */
export type Walk = readonly number[];

export interface Space {
  readonly sizes: readonly number[];
  readonly walks: readonly Walk[];
}

/**
 * Merges dimensions `i` and `i+1` where every walk has stride[i] = size[i+1] * stride[i+1], drops dimensions of size 1.
 * A dimension in `barriers` is not merged with the one before it. Returns for each kept dimension the index of the last
 * original dimension in it.
 */
export function mergeSpace(space: Space, barriers: ReadonlySet<number>): { space: Space; lastOf: readonly number[] } {
  const sizes: number[] = [];
  const walks: number[][] = space.walks.map(() => []);
  const lastOf: number[] = [];
  let barrier = true;
  space.sizes.forEach((size, dim) => {
    barrier ||= barriers.has(dim);
    if (size === 1) return;
    const last = sizes.length - 1;
    const joins =
      !barrier &&
      last >= 0 &&
      space.walks.every((walk, index) => walks[index]?.[last] === size * (walk[dim] as number));
    if (joins) {
      sizes[last] = (sizes[last] as number) * size;
      lastOf[last] = dim;
      for (const [index, walk] of space.walks.entries()) (walks[index] as number[])[last] = walk[dim] as number;
    } else {
      sizes.push(size);
      lastOf.push(dim);
      for (const [index, walk] of space.walks.entries()) (walks[index] as number[]).push(walk[dim] as number);
    }
    barrier = false;
  });
  return { space: { sizes, walks }, lastOf };
}

/** Splits the last dimension of a space into [outer, size/outer]; `outer` must divide it. */
export function splitLast(space: Space, outer: number): Space {
  const last = space.sizes.length - 1;
  const size = (space.sizes[last] as number) / outer;
  return {
    sizes: [...space.sizes.slice(0, last), outer, size],
    walks: space.walks.map((walk) => {
      const stride = walk[last] as number;
      return [...walk.slice(0, last), stride * size, stride];
    }),
  };
}

export function largestDivisorUpTo(size: number, most: number): number {
  for (let candidate = Math.min(size, most); candidate > 1; candidate--) {
    if (size % candidate === 0) return candidate;
  }
  return 1;
}
