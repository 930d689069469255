// Choices for random values in property tests, with lists.
import { makeRandom, type Random } from "../../src/find/fuzz/random-choices.ts";

export interface Choices extends Random {
  readonly list: <T>(maxLength: number, make: () => T) => T[];
}

/** Makes choices from a seed, which the test's report prints. */
export function makeChoices(seed: number): Choices {
  const random = makeRandom(seed);
  const list = <T>(maxLength: number, make: () => T): T[] =>
    Array.from({ length: random.below(maxLength + 1) }, () => make());
  return { ...random, list };
}
