// One run of `tgc.compare/1`: a graph with one schedule on one target. What goes in and comes out is plain data, so that a thread
// can do it.

import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { CompileOptions } from "../driver/compile.ts";
import { type Profile, profileGraph } from "../driver/profile.ts";
import { metricsOf } from "../metrics/metrics.ts";

/** A size for each dimension that is varied. */
export type Dims = Readonly<Record<string, number>>;

/** What one run is called. */
export interface RunName {
  readonly schedule: string;
  readonly target: string;
  readonly dims: Dims;
}

export interface CompareJob extends RunName {
  readonly graph: Graph;
  readonly options: Omit<CompileOptions, "observe">;
}

/** A run that fits has a profile, another one the reason why not. */
export type CompareRun = FittingRun | UnfittingRun;

export interface FittingRun extends RunName {
  readonly fits: true;
  readonly profile: Profile;
}

export interface UnfittingRun extends RunName {
  readonly fits: false;
  readonly reason: string;
}

export function runJob({ graph, options, schedule, target, dims }: CompareJob): CompareRun {
  const profile = profileGraph(graph, options);
  const name = { schedule, target, dims };
  if (profile.ok) return { ...name, fits: true, profile: profile.value };
  const reasons = profile.error.map(({ code, args }) => `${errorMessage(code, args)} (${code})`);
  return { ...name, fits: false, reason: reasons.join("; ") };
}

/** As in `runs` of `tgc.compare/1`. */
export function runJson(run: CompareRun) {
  const { schedule, target, dims, fits } = run;
  const name = { schedule, target, dims, fits };
  if (!run.fits) return { ...name, reason: run.reason };
  return { ...run.profile, ...name, metrics: metricsOf(run.profile) };
}
