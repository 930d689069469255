// Runs many damaged inputs of a kind, each from a seed of its own, and the valid ones; says what became of them.
import { makeRandom } from "../../../src/find/fuzz/random-choices.ts";
import type { Fate, HostileKind } from "./kinds.ts";

export interface Tally {
  readonly taken: number;
  readonly refused: number;
  /** Those that threw, each with its seed. */
  readonly failures: readonly string[];
  readonly slowest: { readonly seed: number; readonly ms: number };
}

/** Assumed: more failures than this tell nothing new. */
const maxFailures = 20;

export function runHostile(kind: HostileKind, firstSeed: number, count: number): Tally {
  let [taken, refused] = [0, 0];
  let slowest = { seed: firstSeed, ms: 0 };
  const failures: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + count && failures.length < maxFailures; seed++) {
    const begin = performance.now();
    try {
      if (kind.runDamaged(makeRandom(seed)) === "taken") taken += 1;
      else refused += 1;
    } catch (error) {
      failures.push(`${kind.name} of seed ${seed}: ${error instanceof Error ? error.stack : error}`);
    }
    const ms = performance.now() - begin;
    if (ms > slowest.ms) slowest = { seed, ms };
  }
  return { taken, refused, failures, slowest };
}

/** What becomes of the valid inputs of a kind: of all, or of at most `count` that the seed picks. */
export function runValid(kind: HostileKind, seed: number, count: number): readonly Fate[] {
  const random = makeRandom(seed);
  const uses = kind.runValid();
  const picked = uses.length <= count ? uses : Array.from({ length: count }, () => random.pick(uses));
  return picked.map((use) => use(random));
}
