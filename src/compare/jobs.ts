// What is compared with what: every size with every schedule on every target, in this order.

import { invariant, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { CompileOptions } from "../driver/compile.ts";
import type { Target } from "../driver/targets.ts";
import { type MappingFile, mappingSchedule } from "../mappings/graph-schedule.ts";
import type { CompareJob, Dims } from "./run.ts";

/** The most runs of one comparison. Assumed: a table that nobody reads to its end, and some minutes of small graphs. */
export const maxRuns = 10_000;

/** A schedule by its name, or a strategy that chooses all. */
export interface ScheduleChoice {
  readonly name: string;
  readonly schedule?: Schedule;
  readonly strategy: CompileOptions["strategy"];
  /** What the schedule is made of, for each graph and machine. */
  readonly mapping?: MappingFile;
}

/** The schedule of a choice for a graph on a target; undefined where a strategy chooses all. Fails where a mapping does not fit the graph. */
export function scheduleOf(
  { schedule, mapping }: ScheduleChoice,
  graph: Graph,
  { machine }: Target,
): Result<Schedule | undefined> {
  return mapping === undefined ? ok(schedule) : mappingSchedule(mapping, graph, machine);
}

export interface SizedGraph {
  readonly graph: Graph;
  readonly dims: Dims;
}

export interface Comparison {
  readonly graphs: readonly SizedGraph[];
  readonly schedules: readonly ScheduleChoice[];
  readonly targets: readonly Target[];
  readonly fusion: CompileOptions["fusion"];
}

/** Schedules that are mappings must fit all graphs. */
export function makeJobs({ graphs, schedules, targets, fusion }: Comparison): readonly CompareJob[] {
  return graphs.flatMap(({ graph, dims }) =>
    schedules.flatMap((choice) =>
      targets.map((target) => {
        const schedule = scheduleOf(choice, graph, target);
        invariant(schedule.ok, `the mapping ${choice.name} fits the graph`);
        const { strategy, name } = choice;
        const options = { target, strategy, fusion, ...(schedule.value && { schedule: schedule.value }) };
        return { graph, dims, schedule: name, target: target.name, options };
      }),
    ),
  );
}

/** Of a dimension the sizes that are compared. */
export interface VariedSizes {
  readonly name: string;
  readonly value: readonly number[];
}

/** How many combinations `combineSizes` makes. */
export function countCombinations(sizes: readonly VariedSizes[]): number {
  return sizes.reduce((product, { value }) => product * value.length, 1);
}

/** Every combination of the sizes, the last dimension varying fastest. */
export function combineSizes(sizes: readonly VariedSizes[]): readonly Dims[] {
  let all: readonly Dims[] = [{}];
  for (const { name, value } of sizes) all = all.flatMap((dims) => value.map((size) => ({ ...dims, [name]: size })));
  return all;
}
