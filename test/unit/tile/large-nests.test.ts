// Accesses and sizes in nests of any size, by inequalities: against running through small ones, and in nests that nobody runs through.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Affine, type Extent, evalAffine, evalExtent } from "../../../ir-spec/affine.ts";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { loopId } from "../../../ir-spec/base/ids.ts";
import { type Domain, evalProduct } from "../../../ir-spec/tile-domain.ts";
import { findByInequalities, findOutside, type Reach } from "../../../ir-spec/tile-reach.ts";
import { findUnequal } from "../../../ir-spec/unequal-sizes.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { tileProgram } from "./support.ts";

const seed = Number(process.env.TGC_SEED ?? 1);

const affineOf = (constant: number, scales: readonly number[], loops: number): Affine => ({
  constant,
  terms: scales.slice(0, loops).flatMap((scale, loop) => (scale === 0 ? [] : [{ loop: loopId(loop), scale }])),
});
const small = fc.integer({ min: -5, max: 5 });
const scales = fc.array(small, { minLength: 3, maxLength: 3 });

/** A size or a number of iterations, which may depend on the first loops. */
const extentWithin = (loops: number, most: number): fc.Arbitrary<Extent> =>
  fc
    .record({
      max: fc.integer({ min: 1, max: most }),
      isCut: fc.boolean(),
      constant: fc.integer({ min: -4, max: 12 }),
      scales,
    })
    .map(({ max, isCut, constant, scales: own }) => (isCut ? { max, limit: affineOf(constant, own, loops) } : { max }));

const domains: fc.Arbitrary<Domain> = fc
  .tuple(extentWithin(0, 5), extentWithin(1, 5), extentWithin(2, 5), fc.integer({ min: 1, max: 3 }))
  .map(([a, b, c, depth]) => [a, b, c].slice(0, depth).map((trips, loop) => ({ loop: loopId(loop), trips })));

const reaches: fc.Arbitrary<Reach> = fc
  .record({
    constant: fc.integer({ min: 0, max: 30 }),
    scales,
    dims: fc.array(fc.record({ stride: fc.integer({ min: -6, max: 6 }), size: extentWithin(3, 6) }), { maxLength: 2 }),
    limit: fc.integer({ min: 10, max: 60 }),
    other: extentWithin(3, 4),
  })
  .map(({ constant, scales: own, dims, limit, other }) => {
    const sizes = [...dims.map(({ size }) => size), other];
    return { start: affineOf(constant, own, 3), dims, limit, what: "element", sizes };
  });

function* iterationsOf([first, ...others]: Domain, around: readonly number[] = []): Generator<readonly number[]> {
  if (first === undefined) return yield around;
  const trips = evalExtent(first.trips, around);
  for (let index = 0; index < trips; index++) yield* iterationsOf(others, [...around, index]);
}

/** All that an access touches, element by element. */
function touchesOutside({ start, dims, sizes, limit }: Reach, domain: Domain): boolean {
  return [...iterationsOf(domain)].some((indices) => {
    if (sizes.some((size) => evalExtent(size, indices) === 0)) return false;
    let numbers = [evalAffine(start, indices)];
    for (const { stride, size } of dims) {
      const steps = [...Array(evalExtent(size, indices)).keys()];
      numbers = numbers.flatMap((number) => steps.map((step) => number + step * stride));
    }
    return numbers.some((number) => number < 0 || number >= limit);
  });
}

test(`an access leaves its buffer where inequalities say so, seed ${seed}`, () => {
  const seen = { inside: 0, outside: 0 };
  fc.assert(
    fc.property(domains, reaches, (domain, reach) => {
      const named: Reach = {
        ...reach,
        start: { ...reach.start, terms: reach.start.terms.filter(({ loop }) => loop < domain.length) },
      };
      const isOutside = touchesOutside(named, domain);
      seen[isOutside ? "outside" : "inside"]++;
      const found = findByInequalities(named, domain);
      expect(found).toBeDefined();
      expect(found !== "none").toBe(isOutside);
      expect(findOutside(named, domain) !== undefined).toBe(isOutside);
      if (typeof found === "number") expect(found < 0 || found >= named.limit).toBe(true);
    }),
    { seed, numRuns: 400 },
  );
  expect(Math.min(seen.inside, seen.outside)).toBeGreaterThan(60);
});

test(`sizes differ where inequalities say so, seed ${seed}`, () => {
  const sides = fc.array(extentWithin(3, 5), { minLength: 1, maxLength: 2 });
  const seen = { same: 0, different: 0 };
  fc.assert(
    fc.property(domains, sides, sides, fc.boolean(), (domain, left, drawn, isCrossed) => {
      const right = isCrossed ? [...left].reverse() : drawn;
      const found = findUnequal(domain, left, right);
      if (found === undefined) return;
      const differs = [...iterationsOf(domain)].some((at) => evalProduct(left, at) !== evalProduct(right, at));
      seen[differs ? "different" : "same"]++;
      expect(found !== "none").toBe(differs);
      if (found !== "none") expect(evalProduct(left, found)).not.toBe(evalProduct(right, found));
    }),
    { seed, numRuns: 400 },
  );
  expect(Math.min(seen.same, seen.different)).toBeGreaterThan(60);
});

/** `i` and `j` of 3000 iterations each; the access names `i - j`, which is 0 or more where `j` goes up to `i`. */
const triangle = (last: string): string => `program p
hbm x: f32[3000, 8] input
hbm y: f32[3000, 8] output

kernel k (all) {
  for i in 0..3000 {
    for j in 0..min(3000, i + 1) {
      for g in 0..min(1, 2990 - i) {
        sbuf t: f32[1, 8]
        dma t[0; 1; 8:1] <- x[i - j${last}, 0; 1:8; 8:1]
        dma y[i - j${last}, 0; 1:8; 8:1] <- t[0; 1; 8:1]
      }
    }
  }
}
`;

const problemsOf = (text: string): readonly string[] =>
  verifyTile(tileProgram(text)).map(({ code, args }) => `${code} ${errorMessage(code, args)}`);

test("a triangular nest of millions of iterations, guarded at its end", () => {
  expect(problemsOf(triangle(""))).toEqual([]);
  expect(problemsOf(triangle(" - 1")).join()).toContain("touches element -8 of `x`");
  expect(problemsOf(triangle(" + 80")).join()).toContain("E0631");
});
