// The iterations in which a statement of a tile program runs, and questions about all of them: the largest value of an
// expression, whether two sizes always agree. Nests of few iterations are run through; large ones are asked by inequalities
// (domain-point.ts), and sampled at their corners where a question has no such form.

import { type Affine, type Extent, evalExtent, printExtent, scaleAffine } from "./affine.ts";
import type { LoopId } from "./base/ids.ts";

/** A loop around a statement. */
export interface DomainLoop {
  readonly loop: LoopId;
  readonly trips: Extent;
}

/** The loops around a statement, outermost first. */
export type Domain = readonly DomainLoop[];

/** Beyond so many iterations only the first and last two of each loop are looked at. */
const MAX_ITERATIONS = 20_000;

/** Whether the loops that `about` depends on have few enough iterations to run through all of them. */
export function isSmall(domain: Domain, about: readonly (Affine | undefined)[]): boolean {
  const iterations = relevantLoops(domain, about).reduce((product, { trips }) => product * trips.max, 1);
  return iterations <= MAX_ITERATIONS;
}

/** Finds the indices of an iteration for which `isFound`; only the loops that `about` depends on are run through. */
export function findIteration(
  domain: Domain,
  about: readonly (Affine | undefined)[],
  isFound: (indices: readonly number[]) => boolean,
): readonly number[] | undefined {
  const loops = relevantLoops(domain, about);
  let iterations = 1;
  for (const { trips } of loops) iterations *= trips.max;
  const indices: number[] = [];
  const visit = (depth: number): boolean => {
    const next = loops[depth];
    if (next === undefined) return isFound(indices);
    const trips = evalExtent(next.trips, indices);
    const isSampled = iterations > MAX_ITERATIONS;
    for (let index = 0; index < trips; index++) {
      indices[next.loop] = index;
      if (visit(depth + 1)) return true;
      if (isSampled && index === 1) index = Math.max(index, trips - 3);
    }
    indices[next.loop] = 0;
    return false;
  };
  return visit(0) ? [...indices] : undefined;
}

/**
 * The loops that the expressions name, those that may have no iterations, those that the trips of these depend on, and those whose own
 * trips depend on these.
 */
function relevantLoops(domain: Domain, about: readonly (Affine | undefined)[]): Domain {
  const named = new Set(about.flatMap((affine) => affine?.terms.map(({ loop }) => loop) ?? []));
  for (const { loop, trips } of domain) if (mayBeEmpty(trips, domain)) named.add(loop);
  const relevant = new Set<DomainLoop>();
  const grow = (): boolean => {
    const next = domain.find((entry) => {
      if (relevant.has(entry)) return false;
      return named.has(entry.loop) || entry.trips.limit?.terms.some(({ loop }) => named.has(loop)) === true;
    });
    if (next === undefined) return false;
    relevant.add(next);
    for (const { loop } of next.trips.limit?.terms ?? []) named.add(loop);
    return true;
  };
  while (grow());
  return domain.filter((entry) => relevant.has(entry));
}

function mayBeEmpty({ max, limit }: Extent, domain: Domain): boolean {
  return max < 1 || (limit !== undefined && -largest(scaleAffine(limit, -1), domain) < 1);
}

/** The largest value of an affine function when every loop runs its most iterations. */
function largest(affine: Affine, domain: Domain): number {
  let value = affine.constant;
  for (const { loop, scale } of affine.terms) {
    const trips = domain.find((entry) => entry.loop === loop)?.trips.max ?? 1;
    if (scale > 0) value += scale * (trips - 1);
  }
  return value;
}

/** `factor * size`, a part of a sum; factors are positive. */
export interface ScaledExtent {
  readonly factor: number;
  readonly size: Extent;
}

/**
 * A bound on `affine + sum of factor * size` over the domain, from above. A clamped size is at most its `max` and, where
 * it is not 0, at most its `limit`; each choice of one of them for each size gives a bound, and the least one is taken.
 */
export function boundFromAbove(affine: Affine, sizes: readonly ScaledExtent[], domain: Domain): number {
  let sums: Affine[] = [affine];
  for (const { factor, size } of sizes) {
    const withMax = sums.map((sum): Affine => ({ constant: sum.constant + factor * size.max, terms: sum.terms }));
    const { limit } = size;
    const withLimit = limit === undefined ? [] : sums.map((sum) => addScaled(sum, limit, factor));
    sums = [...withMax, ...withLimit];
  }
  return Math.min(...sums.map((sum) => largest(sum, domain)));
}

function addScaled(left: Affine, right: Affine, factor: number): Affine {
  const scales = new Map(left.terms.map(({ loop, scale }) => [loop, scale]));
  for (const { loop, scale } of right.terms) scales.set(loop, (scales.get(loop) ?? 0) + factor * scale);
  const terms = [...scales].map(([loop, scale]) => ({ loop, scale }));
  return { constant: left.constant + factor * right.constant, terms };
}

/** The product of some sizes as a text that is equal only for products that are equal in every iteration. */
export function productKey(sizes: readonly Extent[]): string {
  let known = 1;
  const clamped: string[] = [];
  for (const size of sizes) {
    if (size.limit === undefined) known *= size.max;
    else clamped.push(printExtent(size, (loop) => `i${loop}`));
  }
  return [String(known), ...clamped.sort()].join(" * ");
}

export function evalProduct(sizes: readonly Extent[], indices: readonly number[]): number {
  let product = 1;
  for (const size of sizes) product *= evalExtent(size, indices);
  return product;
}
