// A graph with the options and the schedule that it is compiled with: what commands and the lab's page begin with.

import { type Diagnostic, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Remark } from "../../passes/pass.ts";
import { explainMisfits } from "../why/memory/doctor.ts";
import type { LoadedGraph } from "./choose-graph.ts";
import { type CompileOptions, graphToTiles } from "./compile.ts";
import { locateInSchedule, locateRemarks, type ReadSchedule } from "./schedules.ts";

/** All that a compilation needs. */
export interface Job {
  readonly graph: Graph;
  readonly options: CompileOptions;
  /** Names of schedules of the file that are not used, for a hint. */
  readonly otherSchedules: readonly string[];
  /** Gives diagnostics about the schedule their places, and those of what does not fit what to do about it. */
  readonly locate: (diagnostics: readonly Diagnostic[]) => readonly Diagnostic[];
  /** The same for remarks. */
  readonly locateRemarks: (remarks: readonly Remark[]) => readonly Remark[];
  /** What nothing in the program uses. */
  readonly warnings: readonly Diagnostic[];
}

export interface PickedSchedule {
  readonly written?: ReadSchedule;
  readonly others: readonly string[];
}

export function makeJob(
  { graph, warnings }: Pick<LoadedGraph, "graph" | "warnings">,
  choices: Omit<CompileOptions, "schedule">,
  { written, others }: PickedSchedule,
): Result<Job> {
  const options = { ...choices, schedule: written?.schedule };
  if (written !== undefined && written.wrong.length > 0) return fail(allWrong(graph, options, written));
  return ok({
    graph,
    options,
    otherSchedules: written === undefined ? others : [],
    locate: (diagnostics) => explainMisfits(locateInSchedule(diagnostics, written?.decl), graph, options),
    locateRemarks: (remarks) => locateRemarks(remarks, written?.decl),
    warnings,
  });
}

/** What is wrong with the fields of a schedule, and with the rest of it: kernels that the graph does not have. */
function allWrong(graph: Graph, options: CompileOptions, { wrong, decl }: ReadSchedule): readonly Diagnostic[] {
  const lowered = graphToTiles(graph, options);
  const more = lowered.ok ? [] : lowered.error.filter(({ code }) => code === "E0602");
  return [...wrong, ...locateInSchedule(more, decl)];
}
