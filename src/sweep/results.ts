// The result of a point, as a line of JSON, and the front of those that no other one beats.

import type { CompareRun } from "../compare/run.ts";
import { metricsOf } from "../metrics/metrics.ts";
import { frontOf } from "../metrics/pareto.ts";
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

/** The results on the front of these metrics, of which less is better. One that does not fit is on no front. */
export function paretoFront(results: readonly SweepResult[], metrics: readonly string[]): readonly SweepResult[] {
  const fitting = results.filter(({ fits }) => fits);
  return frontOf(fitting, ({ metrics: own }) => metrics.map((name) => own?.[name] ?? Number.POSITIVE_INFINITY));
}
