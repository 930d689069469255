// Damaged texts of valid programs: what is imported of them is a graph that verifies, or has diagnostics with places.
import { expect } from "vitest";
import { verifyGraph } from "../../../../ir-spec/verify-graph.ts";
import { makeRandom, type Random } from "../../../../src/find/fuzz/random-choices.ts";
import { importStablehlo } from "../../../../src/import/stablehlo/import-module.ts";

const pieces = [
  "",
  "-1",
  "99999999999",
  "0x",
  "tensor<",
  ">",
  "(",
  ")",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "=",
  "%0",
  "@main",
  "dense<>",
  '"',
  "x",
  "\n",
  "->",
  "stablehlo.add",
  "^bb0",
];

/** One change: a part left out, doubled, moved, or replaced by a word that means something. */
function mutate(text: string, random: Random): string {
  const start = random.below(text.length);
  const end = Math.min(text.length, start + 1 + random.below(random.below(10) === 0 ? 400 : 12));
  const part = text.slice(start, end);
  switch (random.below(4)) {
    case 0:
      return text.slice(0, start) + text.slice(end);
    case 1:
      return text.slice(0, end) + part + text.slice(end);
    case 2:
      return text.slice(0, start);
    default:
      return text.slice(0, start) + (pieces[random.below(pieces.length)] ?? "") + text.slice(end);
  }
}

/** Imports `count` mutants of a text. */
export function damage(text: string, seed: number, count: number): void {
  const random = makeRandom(seed);
  for (let index = 0; index < count; index++) {
    const mutant = Array.from({ length: 1 + random.below(3) }).reduce<string>(
      (found) => mutate(found, random) || " ",
      text,
    );
    const result = importStablehlo({ name: `seed ${seed}, mutant ${index}`, text: mutant });
    if (result.ok) expect(verifyGraph(result.value.graph), `seed ${seed}, mutant ${index}:\n${mutant}`).toEqual([]);
    else
      expect(
        result.error.every(({ span }) => span !== undefined),
        `seed ${seed}, mutant ${index}`,
      ).toBe(true);
  }
}
