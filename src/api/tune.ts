// The search for schedules.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { makeAsk } from "../tune/ask.ts";
import { runTuneStep } from "../tune/run-step.ts";
import { tuneGraph } from "../tune/tune-graph.ts";
import { tunedSchedule } from "../tune/tune-json.ts";
import { type CompileOptions, driverOptions, locate } from "./compile.ts";

export interface TuneOptions extends Omit<CompileOptions, "strategy"> {
  /** How many schedules are tried, of all kernels together; 500 unless given. */
  readonly budget?: number | undefined;
  /** Asked between steps; the best so far is kept where it says that the search is over. */
  readonly isOver?: (() => boolean) | undefined;
}

export interface TuneResult {
  /** The text of a schedule with all fields, which `parseSchedules` reads. */
  readonly schedule: string;
  /** Of the graph with it, simulated. */
  readonly timeNs: number;
  /** With the schedule that the heuristic chooses. */
  readonly heuristicNs: number;
  readonly tried: number;
  readonly simulated: number;
}

const usualBudget = 500;

/**
 * Searches for the schedules of a graph's kernels, as `tgc tune` does, in this thread: the same budget finds the same. Fails as the
 * compilation does.
 *
 * @example
 * import { parse, parseSchedules, profile, tune, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(a: f32[16, 16], b: f32[16, 16]) -> (y: f32[16, 16]) { y = matmul(a, b) }"));
 * const { schedule, timeNs, heuristicNs } = unwrap(await tune(graph, { target: "tiny", budget: 30 }));
 * console.log(timeNs <= heuristicNs); // true
 * const [tuned] = unwrap(parseSchedules(schedule));
 * console.log(unwrap(profile(graph, { target: "tiny", schedule: tuned })).timeNs === timeNs); // true
 */
export async function tune(graph: Graph, options: TuneOptions = {}): Promise<Result<TuneResult>> {
  const driver = driverOptions({ ...options, strategy: "heuristic" });
  if (!driver.ok) return driver;
  const { budget = usualBudget, isOver = () => false } = options;
  const ask = makeAsk({ graph, options: driver.value, isOver }, (step) => Promise.resolve(runTuneStep(step)));
  const tuned = await tuneGraph(graph, { compile: driver.value, budget, seed: 0 }, ask);
  if (!tuned.ok) return fail(locate(tuned.error, options));
  const { best, heuristic, tried, simulated } = tuned.value;
  return ok({
    ...{ schedule: tunedSchedule(tuned.value), timeNs: best.profile.timeNs },
    ...{ heuristicNs: heuristic.profile.timeNs, tried, simulated },
  });
}
