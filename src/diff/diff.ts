// Compares two programs of one stage: the verdict, how it is known, figures before and after, and what differs in the normal forms.

import type { Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { CompileOptions } from "../driver/compile.ts";
import { type TimedStream, timeGraph } from "../driver/profile.ts";
import { type DriverProgram, profileProgram } from "../driver/programs.ts";
import { type Target, targetRow } from "../driver/targets.ts";
import { type ComparedPrograms, compareGraphs } from "./diff-graphs.ts";
import { compareStreams } from "./diff-streams.ts";
import { compareTilePrograms } from "./diff-tiles.ts";
import { compareWgsl } from "./diff-wgsl.ts";
import { compareFigures, type Timing } from "./figures.ts";
import { findChanges } from "./normal/change.ts";
import type { MadeStream } from "./part-streams.ts";
import type { DiffReport, ValuesFinding, Verdict } from "./report.ts";

/** A program to compare. */
export type DiffProgram =
  | { readonly stage: "graph"; readonly graph: Graph; readonly options: CompileOptions }
  | (DriverProgram & { readonly target: Target })
  | { readonly stage: "wgsl"; readonly text: string };

export interface DiffPair {
  readonly before: DiffProgram;
  readonly after: DiffProgram;
  readonly seed: number;
  /** The files are equal, so that nothing needs to be compared. */
  readonly areEqual?: boolean;
}

/** Programs that compute other things are not timed: no figure of theirs says anything about the other one. */
const noTiming: Timing = { figures: [] };

/** Compares programs of one stage; undefined where their stages differ. */
export function diffPrograms(pair: DiffPair): DiffReport | undefined {
  const { before, after, seed } = pair;
  if (pair.areEqual === true) return sameReport(after);
  if (before.stage === "graph" && after.stage === "graph") {
    const compared = compareGraphs(before.graph, after.graph, seed);
    const isSameSchedule = scheduleText(before.options) === scheduleText(after.options);
    const isSettled = compared.values.kind === "identical" && isSameSchedule;
    const verdict = isSettled ? "cosmetic" : largerOf("performance", verdictOf(compared.values));
    const timing = verdict === "performance" ? compareFigures(timeOf(before), timeOf(after)) : noTiming;
    const { target } = after.options;
    return makeReport({ stage: "graph", target: target.name, verdict, compared, timing, isSameSchedule });
  }
  if (before.stage === "wgsl" && after.stage === "wgsl") {
    const compared = compareWgsl(before.text, after.text);
    const verdict = verdictOf(compared.values);
    return makeReport({ stage: "wgsl", target: "webgpu", verdict, compared, timing: noTiming });
  }
  if (before.stage === "wgsl" || after.stage === "wgsl" || before.stage === "graph" || after.stage === "graph") {
    return undefined;
  }
  const compared = compareLater(before, after, seed);
  if (compared !== undefined) {
    const verdict = verdictOf(compared.values);
    const timing = verdict === "meaning" ? noTiming : compareFigures(timeOf(before), timeOf(after));
    return makeReport({ stage: after.stage, target: after.target.name, verdict, compared, timing });
  }
  return undefined;
}

type LaterProgram = Extract<DiffProgram, { stage: "tiles" | "stream" }>;

/** Compares tile programs, and streams. */
function compareLater(before: LaterProgram, after: LaterProgram, seed: number): ComparedPrograms | undefined {
  if (before.stage === "tiles" && after.stage === "tiles") {
    return compareTilePrograms(before.program, after.program, seed);
  }
  if (before.stage !== "stream" || after.stage !== "stream") return undefined;
  const made = ({ program, target }: LaterProgram & { readonly stage: "stream" }): MadeStream => ({
    stream: program,
    machine: target.machine,
  });
  return compareStreams(made(before), made(after), seed);
}

/** Of files that are equal nothing is computed. */
function sameReport(program: DiffProgram): DiffReport {
  const values: ValuesFinding = { kind: "identical", why: "the files are equal" };
  const compared = { renamed: [], values, before: "", after: "" };
  return makeReport({ stage: program.stage, target: targetOf(program), verdict: "same", compared, timing: noTiming });
}

function targetOf(program: DiffProgram): string {
  if (program.stage === "wgsl") return "webgpu";
  return program.stage === "graph" ? program.options.target.name : program.target.name;
}

function timeOf(program: Exclude<DiffProgram, { stage: "wgsl" }>): Result<TimedStream> {
  if (program.stage !== "graph") return profileProgram(program, program.target);
  const { graph, options } = program;
  // What WGSL takes is not simulated; the graph is timed as the default machine's.
  return targetRow(options.target.kind).stages.includes("asm") ? timeGraph(graph, options) : { ok: false, error: [] };
}

function scheduleText({ schedule }: CompileOptions): string {
  return JSON.stringify(schedule ?? null);
}

/** The verdict that a finding about values leads to. What is not decided counts as the largest. */
function verdictOf(values: ValuesFinding): Verdict {
  switch (values.kind) {
    case "identical":
      return "cosmetic";
    case "proven":
    case "tested":
      return "performance";
    case "differ":
    case "interface":
    case "refused":
    case "hazard":
    case "undecided":
      return "meaning";
    default:
      return values satisfies never;
  }
}

function largerOf(a: Verdict, b: Verdict): Verdict {
  return a === "meaning" || b === "meaning" ? "meaning" : a;
}

interface Found {
  readonly stage: DiffReport["stage"];
  readonly target: string;
  readonly verdict: Verdict;
  readonly compared: ComparedPrograms;
  readonly timing: Timing;
  readonly isSameSchedule?: boolean;
}

function makeReport({ stage, target, verdict, compared, timing, isSameSchedule = true }: Found): DiffReport {
  const { renamed, values, before, after } = compared;
  return {
    stage,
    target,
    verdict,
    renamed,
    values,
    figures: timing.figures,
    ...(timing.withoutFigures === undefined ? {} : { withoutFigures: timing.withoutFigures }),
    ...(isSameSchedule ? {} : { otherSchedule: true as const }),
    changes: findChanges(before, after),
  };
}
