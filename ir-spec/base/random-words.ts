// A stream of random bits that is the same on every machine, so that what is made of a seed can be made again.

/**
 * A stream of 32-bit unsigned integers.
 * Source: Tommy Ettinger, mulberry32 (public domain): a Weyl sequence with an output mix of two multiplications.
 */
export function makeRandomWords(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
