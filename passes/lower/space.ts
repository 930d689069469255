// An iteration space and the strides of operands over it. Neighbouring dimensions that are contiguous in every operand are merged,
// so that a kernel has few loops and long rows. Used by all lowerings.

/** The strides of one operand: one per dimension (0 where it does not depend on it). */
export type Strides = readonly number[];

export interface Space {
  readonly sizes: readonly number[];
  readonly strides: readonly Strides[];
}

/**
 * Merges dimensions `i` and `i+1` where every operand has stride[i] = size[i+1] * stride[i+1], drops dimensions of size 1.
 * A dimension in `barriers` is not merged with the one before it. Returns for each kept dimension the index of the last
 * original dimension in it.
 */
export function mergeSpace(space: Space, barriers: ReadonlySet<number>): { space: Space; lastOf: readonly number[] } {
  const sizes: number[] = [];
  const strides: number[][] = space.strides.map(() => []);
  const lastOf: number[] = [];
  let barrier = true;
  space.sizes.forEach((size, dim) => {
    barrier ||= barriers.has(dim);
    if (size === 1) return;
    const last = sizes.length - 1;
    const canMerge =
      !barrier &&
      last >= 0 &&
      space.strides.every((operand, index) => strides[index]?.[last] === size * (operand[dim] as number));
    if (canMerge) {
      sizes[last] = (sizes[last] as number) * size;
      lastOf[last] = dim;
      for (const [index, operand] of space.strides.entries())
        (strides[index] as number[])[last] = operand[dim] as number;
    } else {
      sizes.push(size);
      lastOf.push(dim);
      for (const [index, operand] of space.strides.entries()) (strides[index] as number[]).push(operand[dim] as number);
    }
    barrier = false;
  });
  return { space: { sizes, strides }, lastOf };
}

/** Splits the last dimension of a space into [outer, size/outer]; `outer` must divide it. */
export function splitLast(space: Space, outer: number): Space {
  const last = space.sizes.length - 1;
  const size = (space.sizes[last] as number) / outer;
  return {
    sizes: [...space.sizes.slice(0, last), outer, size],
    strides: space.strides.map((operand) => {
      const stride = operand[last] as number;
      return [...operand.slice(0, last), stride * size, stride];
    }),
  };
}

/** Splits dimension `dim` of a space into [size/inner, inner]; `inner` must divide it. */
export function splitAt(space: Space, dim: number, inner: number): Space {
  const size = (space.sizes[dim] as number) / inner;
  return {
    sizes: space.sizes.toSpliced(dim, 1, size, inner),
    strides: space.strides.map((operand) => {
      const stride = operand[dim] as number;
      return operand.toSpliced(dim, 1, stride * inner, stride);
    }),
  };
}

export function largestDivisorUpTo(size: number, max: number): number {
  for (let candidate = Math.min(size, max); candidate > 1; candidate--) {
    if (size % candidate === 0) return candidate;
  }
  return 1;
}
