// Schedules of a graph on several machines, side by side.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { FusionMode } from "../../ir-spec/fusion-mode.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { makeJobs, maxRuns, type ScheduleChoice } from "../compare/jobs.ts";
import { explainRuns, type Reason } from "../compare/reasons.ts";
import { type CompareRun, runJob } from "../compare/run.ts";
import { defaultMachineName } from "../driver/targets.ts";
import type { Strategy } from "../driver/tiling-strategy.ts";
import type { ParsedSchedule } from "./parse.ts";
import { resolveTarget, type TargetChoice } from "./target.ts";

export interface CompareOptions {
  /** Strategies, by name, and schedules; `heuristic` unless given. */
  readonly schedules?: readonly (Strategy | ParsedSchedule)[] | undefined;
  /** `trn2` unless given. */
  readonly targets?: readonly TargetChoice[] | undefined;
  readonly fuse?: FusionMode | undefined;
}

export interface CompareResult {
  /** Each schedule on each target, in this order; one that does not fit says why. */
  readonly runs: readonly CompareRun[];
  /** Why the fastest one of a target is faster than the others, and the fastest target than others. */
  readonly reasons: readonly Reason[];
}

/**
 * Simulates the time and traffic of each schedule on each target, as `tgc compare` does. Fails for more runs than a table is read to the
 * end of (E1334).
 *
 * @example
 * import { compare, parse, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(a: bf16[256, 256], b: bf16[256, 256]) -> (y: bf16[256, 256]) { y = matmul(a, b) }"));
 * const { runs, reasons } = unwrap(compare(graph, { schedules: ["heuristic", "naive"], targets: ["trn1", "trn2"] }));
 * for (const run of runs) console.log(run.schedule, run.target, run.fits ? run.profile.timeNs : run.reason);
 * console.log(reasons.map(({ text }) => text).join("\n"));
 */
export function compare(graph: Graph, options: CompareOptions = {}): Result<CompareResult> {
  const { schedules = ["heuristic"], targets = [defaultMachineName], fuse } = options;
  const found = schedules.length * targets.length;
  if (found > maxRuns) return fail([at(problem("E1334", { found, limit: maxRuns }), undefined)]);
  const resolved = targets.map((target) => resolveTarget(target));
  const wrong = resolved.flatMap((target) => (target.ok ? [] : target.error));
  if (wrong.length > 0) return fail(wrong);
  const jobs = makeJobs({
    graphs: [{ graph, dims: {} }],
    schedules: schedules.map(chosenSchedule),
    targets: resolved.flatMap((target) => (target.ok ? [target.value] : [])),
    fusion: fuse,
  });
  const runs = jobs.map(runJob);
  return ok({ runs, reasons: explainRuns(runs) });
}

function chosenSchedule(choice: Strategy | ParsedSchedule): ScheduleChoice {
  if (typeof choice === "string") return { name: choice, strategy: choice };
  return { name: choice.name, schedule: choice, strategy: "heuristic" };
}
