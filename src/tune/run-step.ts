// One step of a search in a thread: what goes in and comes out is plain data, so that a thread can do it.

import { invariant } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { SearchAnswer, SearchStep } from "../../passes/schedule/tune/search-kernel.ts";
import { hashText } from "../diff/normal/hash.ts";
import type { CompileOptions } from "../driver/compile.ts";
import { answerStep } from "./answer-step.ts";
import { type OpenKernels, openKernels } from "./open-kernels.ts";

export interface TuneStep {
  readonly graph: Graph;
  readonly options: Pick<CompileOptions, "target" | "strategy" | "schedule" | "fusion">;
  /** Equal for steps of the same graph with the same options, whose kernels are opened once. */
  readonly search: string;
  /** The place of the kernel among those that differ. */
  readonly kernel: number;
  readonly step: SearchStep;
}

/** The kernels of the search that steps came from last. */
const openOnes = new Map<string, OpenKernels>();

export function runTuneStep({ graph, options, search, kernel, step }: TuneStep): SearchAnswer {
  const { kernels, env } = openOnce(search, graph, options);
  const open = kernels[kernel];
  invariant(open !== undefined, `there is no kernel ${kernel}`);
  return answerStep(open, step, env);
}

function openOnce(search: string, graph: Graph, options: TuneStep["options"]): OpenKernels {
  const known = openOnes.get(search);
  if (known !== undefined) return known;
  const opened = openKernels(graph, options);
  invariant(opened.ok, "a graph that was compiled can be compiled again");
  openOnes.clear();
  openOnes.set(search, opened.value);
  return opened.value;
}

/** What distinguishes searches. */
export const searchName = (graph: Graph, options: TuneStep["options"]): string =>
  hashText(JSON.stringify([graph, options]));

/** The parts of a step that different threads can answer: a few estimates each, as one takes little time, or one simulation. */
export function partsOfStep(step: SearchStep): readonly SearchStep[] {
  const size = step.kind === "estimate" ? estimatesPerPart : 1;
  const parts: SearchStep[] = [];
  for (let at = 0; at < step.points.length; at += size)
    parts.push({ ...step, points: step.points.slice(at, at + size) });
  return parts;
}

/** Assumed: they take some milliseconds, more than sending them does. */
const estimatesPerPart = 8;

/** The answers of a step's parts, in their order, as one. */
export function joinAnswers(kind: SearchStep["kind"], answers: readonly SearchAnswer[]): SearchAnswer {
  if (kind === "estimate") {
    return { kind, found: answers.flatMap((answer) => (answer.kind === "estimate" ? answer.found : [])) };
  }
  return { kind, found: answers.flatMap((answer) => (answer.kind === "simulate" ? answer.found : [])) };
}
