// Iterations of a nest of any size, found by inequalities: the indices of its loops and the sizes of an access are integers from the least
// to the most, each at most what its limit leaves. Exact for guarded, triangular and clamped nests.

import type { Affine, Extent } from "./affine.ts";
import { findIntegers, type Inequality, type Range } from "./integer-point.ts";
import type { Domain } from "./tile-domain.ts";

/** Inequalities about the loops of a domain, and variables added to them. */
export interface Question {
  readonly domain: Domain;
  readonly ranges: Range[];
  readonly inequalities: Inequality[];
}

/** Variable or loop -> factor. */
export type Sum = ReadonlyMap<number, number>;

/** About all iterations that the statement runs in. */
export function askAbout(domain: Domain): Question {
  const question: Question = { domain, ranges: [], inequalities: [] };
  for (const { trips } of domain) {
    const index = addVariable(question, 0, trips.max - 1);
    if (trips.limit !== undefined) wantAtLeast(question, trips.limit, new Map([[index, -1]]), 1);
  }
  return question;
}

/** A variable from `low` to `high`. */
export function addVariable({ ranges }: Question, low: number, high: number): number {
  return ranges.push({ low: BigInt(Math.floor(low)), high: BigInt(Math.floor(high)) }) - 1;
}

/** A variable from 1 to a size: where the size is 0, there is none. */
export function addSize(question: Question, { max, limit }: Extent): number {
  const size = addVariable(question, 1, max);
  if (limit !== undefined) wantAtLeast(question, limit, new Map([[size, -1]]), 0);
  return size;
}

/** `affine + sum >= least`. */
export function wantAtLeast({ domain, inequalities }: Question, affine: Affine, sum: Sum, least: number): void {
  const scales = new Map(sum);
  for (const { loop, scale } of affine.terms) {
    const variable = domain.findIndex((entry) => entry.loop === loop);
    if (variable >= 0) scales.set(variable, (scales.get(variable) ?? 0) + scale);
  }
  inequalities.push({ scales, least: least - affine.constant });
}

/** The indices by loop of an iteration for which all holds, or that there is none; undefined where that is not known. */
export function findPoint({ domain, ranges, inequalities }: Question): readonly number[] | "none" | undefined {
  const numbers = inequalities.flatMap(({ scales, least }) => [least, ...scales.values()]);
  if (!numbers.every(Number.isSafeInteger)) return undefined;
  const values = findIntegers(ranges, inequalities);
  if (values === undefined || values === "none") return values;
  const indices: number[] = [];
  for (const [variable, { loop }] of domain.entries()) indices[loop] = values[variable] ?? 0;
  for (let loop = 0; loop < indices.length; loop++) indices[loop] ??= 0;
  return indices;
}
