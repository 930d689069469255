// Packing by lifetime: what lives at the same time never shares bytes, and bytes are shared where nothing speaks against it.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Lifetime, packByLifetime } from "../../../../targets/neuron/compile/lifetimes.ts";

const seed = Number(process.env.TGC_SEED ?? 1);

const lifetime = fc
  .tuple(fc.nat(9), fc.nat(5), fc.integer({ min: 1, max: 40 }))
  .map(([first, length, bytes]) => ({ first, last: first + length, bytes }));

function endOf(lifetimes: readonly Lifetime<number>[]): number {
  const ends = packByLifetime(lifetimes).map(({ item, offset }) => offset + (lifetimes[item]?.bytes ?? 0));
  return Math.max(0, ...ends);
}

test(`what lives at the same time is apart, seed ${seed}`, () => {
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 20 }), (lives) => {
      const lifetimes = lives.map((life, item) => ({ ...life, item }));
      const packed = packByLifetime(lifetimes);
      expect(packed.map(({ item }) => item)).toEqual(lifetimes.map(({ item }) => item));
      for (const [i, a] of packed.entries()) {
        for (const b of packed.slice(i + 1)) {
          const [left, right] = [lifetimes[a.item] as Lifetime<number>, lifetimes[b.item] as Lifetime<number>];
          const isAtOnce = left.first <= right.last && right.first <= left.last;
          const isApart = a.offset + left.bytes <= b.offset || b.offset + right.bytes <= a.offset;
          expect(!isAtOnce || isApart).toBe(true);
        }
      }
      expect(endOf(lifetimes)).toBeLessThanOrEqual(lifetimes.reduce((sum, { bytes }) => sum + bytes, 0));
    }),
    { seed, numRuns: 300 },
  );
});

test("one after the other share bytes", () => {
  const chain = [0, 2, 4, 6].map((first, item) => ({ item, first, last: first + 1, bytes: 10 }));
  expect(endOf(chain)).toBe(10);
});

test("a chain of overlapping lives needs two places", () => {
  const chain = [0, 1, 2, 3, 4].map((first, item) => ({ item, first, last: first + 1, bytes: 10 }));
  expect(endOf(chain)).toBe(20);
});
