// Integers that satisfy inequalities, against running through all of them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { findIntegers, type Inequality, type Range } from "../../../ir-spec/integer-point.ts";

const seed = Number(process.env.TGC_SEED ?? 1);

const ranges: fc.Arbitrary<readonly Range[]> = fc.array(
  fc.tuple(fc.nat(4), fc.nat(7)).map(([low, length]) => ({ low: BigInt(low), high: BigInt(low + length) })),
  { minLength: 1, maxLength: 4 },
);
const inequality = fc
  .record({
    scales: fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 4 }),
    least: fc.integer({ min: -30, max: 60 }),
  })
  .map(({ scales, least }): Inequality => ({ scales: new Map(scales.entries()), least }));

function satisfies(values: readonly number[], { scales, least }: Inequality): boolean {
  return [...scales].reduce((sum, [variable, scale]) => sum + scale * (values[variable] ?? 0), 0) >= least;
}

function* allOf([first, ...others]: readonly Range[]): Generator<readonly number[]> {
  if (first === undefined) return yield [];
  for (let value = Number(first.low); value <= Number(first.high); value++)
    for (const rest of allOf(others)) yield [value, ...rest];
}

test(`an answer is right, and there is none where none is found, seed ${seed}`, () => {
  const found = { none: 0, some: 0 };
  fc.assert(
    fc.property(ranges, fc.array(inequality, { maxLength: 4 }), (bounds, drawn) => {
      const inequalities = drawn.map(({ scales, least }) => {
        return { scales: new Map([...scales].filter(([variable]) => variable < bounds.length)), least };
      });
      const isRight = (values: readonly number[]): boolean => inequalities.every((one) => satisfies(values, one));
      const values = findIntegers(bounds, inequalities);
      expect(values).toBeDefined();
      if (values === "none") {
        found.none++;
        expect([...allOf(bounds)].some(isRight)).toBe(false);
      } else {
        found.some++;
        expect(isRight(values ?? [])).toBe(true);
        for (const [variable, { low, high }] of bounds.entries()) {
          expect(BigInt(values?.[variable] ?? -1) >= low && BigInt(values?.[variable] ?? -1) <= high).toBe(true);
        }
      }
    }),
    { seed, numRuns: 400 },
  );
  expect(Math.min(found.none, found.some)).toBeGreaterThan(80);
});

test("ranges may be as long as integers go", () => {
  const long: Range = { low: 0n, high: 2n ** 52n };
  const equal: readonly Inequality[] = [
    {
      scales: new Map([
        [0, 3],
        [1, -5],
      ]),
      least: 1,
    },
    {
      scales: new Map([
        [0, -3],
        [1, 5],
      ]),
      least: -1,
    },
    {
      scales: new Map([
        [0, 1],
        [1, 1],
      ]),
      least: 2 ** 50,
    },
  ];
  const values = findIntegers([long, long], equal);
  expect(values).not.toBe("none");
  const [x = 0, y = 0] = values as readonly number[];
  expect(BigInt(x) * 3n - BigInt(y) * 5n).toBe(1n);
});

test("an even number is not odd", () => {
  const long: Range = { low: 0n, high: 2n ** 40n };
  const scales = (by: number) => new Map([0, 1, 2].map((variable) => [variable, by * (variable + 1) * 2]));
  expect(
    findIntegers(
      [long, long, long],
      [
        { scales: scales(1), least: 7 },
        { scales: scales(-1), least: -7 },
      ],
    ),
  ).toBe("none");
});

test("what cannot be decided is said so", () => {
  const long: Range = { low: 0n, high: 2n ** 40n };
  const scales = (by: number) =>
    new Map([
      [0, 6 * by],
      [1, 10 * by],
      [2, -15 * by],
    ]);
  const near = [
    { scales: scales(1), least: 1 },
    { scales: scales(-1), least: -1 },
  ];
  const apart = {
    scales: new Map([
      [0, 1000003],
      [1, -1000033],
      [2, 7],
    ]),
    least: 1,
  };
  const other = {
    scales: new Map([
      [0, -1000003],
      [1, 1000033],
      [2, -7],
    ]),
    least: -1,
  };
  const values = findIntegers([long, long, long], [...near, apart, other]);
  if (values !== undefined && values !== "none") {
    const [x = 0, y = 0, z = 0] = values;
    expect(6 * x + 10 * y - 15 * z).toBe(1);
  }
});
