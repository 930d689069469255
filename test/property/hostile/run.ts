// Runs many damaged inputs of a kind, each from a seed of its own, and says what became of them; what fails comes with its seed.
import { makeRandom } from "../random-choices.ts";
import type { HostileKind } from "./kinds.ts";

export interface Tally {
  readonly taken: number;
  readonly refused: number;
}

export function runHostile(kind: HostileKind, firstSeed: number, count: number): Tally {
  let taken = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    try {
      if (kind.run(makeRandom(seed)) === "taken") taken += 1;
    } catch (error) {
      throw new Error(`${kind.name} of seed ${seed}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  return { taken, refused: count - taken };
}
