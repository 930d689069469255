// Choices for random values in property tests: a stream of numbers from a seed, which the test's report prints.

export interface Choices {
  /** A whole number from 0 to below `count`. */
  readonly below: (count: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  /** True once in `n` calls on average. */
  readonly oneIn: (n: number) => boolean;
  readonly list: <T>(maxLength: number, make: () => T) => T[];
}

/** Makes choices from a seed. Source: mulberry32, a public-domain generator by Tommy Ettinger. */
export function makeChoices(seed: number): Choices {
  let state = seed | 0;
  const below = (count: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) % count;
  };
  const list = <T>(maxLength: number, make: () => T): T[] => Array.from({ length: below(maxLength + 1) }, make);
  return { below, pick: (items) => items[below(items.length)]!, oneIn: (n) => below(n) === 0, list };
}
