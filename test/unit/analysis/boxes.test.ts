// Unions of boxes against counting their elements one by one.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Box, countUnion } from "../../../passes/analysis/boxes.ts";

const seed = Number(process.env.TGC_SEED ?? 1);
const range = fc
  .tuple(fc.nat(5), fc.integer({ min: 1, max: 4 }))
  .map(([first, size]) => ({ first, end: first + size }));
const boxes: fc.Arbitrary<readonly Box[]> = fc
  .integer({ min: 0, max: 3 })
  .chain((rank) => fc.array(fc.array(range, { minLength: rank, maxLength: rank }), { maxLength: 4 }));

function elementsOf(box: Box): readonly string[] {
  return box.reduce<string[]>(
    (found, { first, end }) =>
      found.flatMap((start) => Array.from({ length: end - first }, (_none, i) => `${start} ${first + i}`)),
    [""],
  );
}

test(`the union of boxes, seed ${seed}`, () => {
  fc.assert(
    fc.property(boxes, (some) => {
      expect(countUnion(some)).toBe(new Set(some.flatMap(elementsOf)).size);
    }),
    { seed },
  );
});
