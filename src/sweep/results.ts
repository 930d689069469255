// The result of a point, as a line of JSON, and the front of those that no other one beats.

import type { CompareRun } from "../compare/run.ts";
import { metricsOf } from "../metrics/metrics.ts";
import type { Point } from "./space.ts";

/** What a line of a sweep holds. */
export interface SweepResult extends Point {
  readonly point: number;
  readonly fits: boolean;
  /** Why it does not. */
  readonly reason?: string;
  /** The unit with the most work. */
  readonly bound?: string;
  /** By the names of METRICS.md. */
  readonly metrics?: Readonly<Record<string, number>>;
}

export function sweepResult(index: number, point: Point, run: CompareRun): SweepResult {
  const result = { point: index, ...point, fits: run.fits };
  if (!run.fits) return { ...result, reason: run.reason };
  const { profile } = run;
  const metrics = Object.fromEntries(
    Object.entries(metricsOf(profile)).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
  return { ...result, bound: profile.bound.kind, metrics };
}

export const resultLine = (result: SweepResult): string => `${JSON.stringify(result)}\n`;

/**
 * The results that no other one beats in one of the metrics without being worse in another (less is better), in the order of the first
 * metric, of equal ones in that of the points. One that does not fit is on no front.
 */
export function paretoFront(results: readonly SweepResult[], metrics: readonly string[]): readonly SweepResult[] {
  const rated = results
    .filter(({ fits }) => fits)
    .map((result) => ({ result, values: metrics.map((name) => result.metrics?.[name] ?? Number.POSITIVE_INFINITY) }))
    .sort((a, b) => compareValues(a.values, b.values) || a.result.point - b.result.point);
  // In this order a result is beaten by none that comes later, so the front so far is all that there is to look at.
  const front: typeof rated = [];
  for (const each of rated) {
    const isBeaten = front.some(({ values }) => values.every((value, index) => value <= (each.values[index] ?? 0)));
    if (!isBeaten) front.push(each);
  }
  return front.map(({ result }) => result);
}

function compareValues(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? value;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
