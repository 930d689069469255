// Iteration spaces: merging and splitting dimensions keeps what every operand visits, in order.
import fc from "fast-check";
import { expect, test } from "vitest";
import { largestDivisorUpTo, mergeSpace, type Space, type Strides, splitLast } from "../../../passes/lower/space.ts";

/** The addresses that an operand visits. */
function visited(sizes: readonly number[], strides: Strides): readonly number[] {
  let addresses = [0];
  for (const [dim, size] of sizes.entries()) {
    const stride = strides[dim] as number;
    addresses = addresses.flatMap((address) => Array.from({ length: size }, (_none, i) => address + i * stride));
  }
  return addresses;
}

/** Strides that often continue those of the next dimension. */
const spaces: fc.Arbitrary<Space> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 }),
    picks: fc.array(fc.array(fc.nat({ max: 5 }), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ sizes, picks }) => ({ sizes, strides: picks.map((pick) => stridesFrom(sizes, pick)) }));

function stridesFrom(sizes: readonly number[], picks: readonly number[]): Strides {
  let run = 1;
  const strides = sizes.map(() => 0);
  for (let dim = sizes.length - 1; dim >= 0; dim--) {
    const pick = picks[dim] as number;
    strides[dim] = pick === 0 ? 0 : pick === 1 ? 7 : run;
    run = (strides[dim] as number) * (sizes[dim] as number);
  }
  return strides;
}

const barrierSets = fc.uniqueArray(fc.nat({ max: 4 })).map((dims) => new Set(dims));

test("a merged space visits the same addresses in the same order", () => {
  fc.assert(
    fc.property(spaces, barrierSets, (space, barriers) => {
      const { space: merged } = mergeSpace(space, barriers);
      for (const [index, operand] of space.strides.entries()) {
        expect(visited(merged.sizes, merged.strides[index] as Strides)).toEqual(visited(space.sizes, operand));
      }
    }),
    { seed: 1 },
  );
});

test("no kept dimension reaches over a barrier, none has size 1, and each ends where it says", () => {
  fc.assert(
    fc.property(spaces, barrierSets, (space, barriers) => {
      const { space: merged, lastOf } = mergeSpace(space, barriers);
      let first = 0;
      for (const [kept, last] of lastOf.entries()) {
        const inside = space.sizes.slice(first, last + 1);
        const product = inside.reduce((count, size) => count * size, 1);
        expect(merged.sizes[kept]).toBe(product);
        expect(product).toBeGreaterThan(1);
        const own = [...inside.keys()].map((at) => at + first).filter((dim) => space.sizes[dim] !== 1);
        expect([...barriers].some((dim) => dim > (own[0] as number) && dim <= last)).toBe(false);
        first = last + 1;
      }
    }),
    { seed: 1 },
  );
});

test("neighbours that all walks continue are merged", () => {
  const space: Space = {
    sizes: [2, 3, 4],
    strides: [
      [12, 4, 1],
      [0, 0, 0],
      [24, 8, 2],
    ],
  };
  expect(mergeSpace(space, new Set()).space.sizes).toEqual([24]);
  expect(mergeSpace(space, new Set([2])).space.sizes).toEqual([6, 4]);
});

test("a split last dimension visits the same addresses", () => {
  const space: Space = {
    sizes: [2, 12],
    strides: [
      [12, 1],
      [3, 5],
    ],
  };
  const split = splitLast(space, 4);
  expect(split.sizes).toEqual([2, 4, 3]);
  for (const [index, operand] of space.strides.entries()) {
    expect(visited(split.sizes, split.strides[index] as Strides)).toEqual(visited(space.sizes, operand));
  }
});

test("the largest divisor up to a limit", () => {
  expect(
    [
      [12, 5],
      [13, 5],
      [13, 20],
      [1, 1],
      [128, 128],
    ].map(([size, most]) => largestDivisorUpTo(size ?? 0, most ?? 0)),
  ).toEqual([4, 1, 13, 1, 128]);
});
