// The search for the schedules of a graph's kernels, and for which ops are one: each kernel that differs is searched by itself, all side by side; then the whole graph
// is compiled with what was found and simulated, and only what makes the whole faster is kept. `ask` says where estimates and simulations
// are made, so that a command can use threads; what is found does not depend on it.

import { invariant, ok, type Result } from "../../ir-spec/base/result.ts";
import { type FusionMode, fusionModes } from "../../ir-spec/fusion-mode.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { GivenFields } from "../../passes/lower/kinds/define.ts";
import type { OpenKernel } from "../../passes/lower/open-kernel.ts";
import {
  type Found,
  type SearchAnswer,
  type SearchStep,
  searchKernel,
} from "../../passes/schedule/tune/search-kernel.ts";
import { timeKernel } from "../../passes/time/time-kernel.ts";
import type { CompileOptions } from "../driver/compile.ts";
import { type TimedGraph, timeGraph } from "../driver/profile.ts";
import { type OpenKernels, openKernels } from "./open-kernels.ts";

/** What is asked of a kernel: its place among those that differ, of the graph as it is fused. */
export interface KernelStep {
  readonly kernel: number;
  readonly fusion: FusionMode | undefined;
  readonly step: SearchStep;
}

/** Answers a step of the search for one of the kernels; undefined where the search has to stop. */
export type AskKernel = (asked: KernelStep) => Promise<SearchAnswer | undefined>;

export interface TuneOptions {
  readonly compile: CompileOptions;
  /** How many schedules are tried, of all kernels together. */
  readonly budget: number;
  readonly seed: number;
  /** Schedules to begin with, by kernel; undefined where none is known. */
  readonly known?: (kernel: OpenKernel) => GivenFields | undefined;
}

/** What was found for kernels that are equal but for names and places. */
export interface TunedKernel {
  readonly kernel: OpenKernel;
  readonly found: Found;
  /** Whether the graph is faster with it. */
  readonly isKept: boolean;
}

export interface Tuned {
  readonly kernels: readonly TunedKernel[];
  readonly heuristic: TimedGraph;
  readonly best: TimedGraph;
  /** Which ops run as one kernel; undefined where the passes decide it, and another way is not faster. */
  readonly fusion: FusionMode | undefined;
  /** The schedules that were tried, of all kernels. */
  readonly tried: number;
  readonly simulated: number;
}

/** Fails as the compilation does. */
export async function tuneGraph(graph: Graph, options: TuneOptions, ask: AskKernel): Promise<Result<Tuned>> {
  const heuristic = timeGraph(graph, options.compile);
  if (!heuristic.ok) return heuristic;
  const fused = fusionsToTune(graph, options.compile, heuristic.value);
  const budget = Math.floor(options.budget / fused.length);
  const all: Tuned[] = [];
  for (const each of fused) {
    const tuned = await tuneFused(graph, { ...options, budget }, each, ask);
    if (!tuned.ok) return tuned;
    all.push(tuned.value);
  }
  const [fastest] = all.toSorted((a, b) => a.best.profile.timeNs - b.best.profile.timeNs);
  invariant(fastest !== undefined, "a graph is fused in at least one way");
  const sum = (count: (tuned: Tuned) => number): number => all.reduce((before, each) => before + count(each), 0);
  return ok({
    ...fastest,
    heuristic: heuristic.value,
    tried: sum(({ tried }) => tried),
    simulated: sum(({ simulated }) => simulated),
  });
}

/** A graph as it is fused, with the time of the heuristic's schedule. */
interface FusedGraph {
  readonly fusion: FusionMode | undefined;
  readonly timed: TimedGraph;
}

/** How much slower than the fastest way of fusing another one may be at first, to be searched. Assumed: a search seldom finds more. */
const fusionShare = 1.1;

/** The ways of fusing that differ and that are about as fast as the best one: what is asked for, where it is, else `auto` first. */
function fusionsToTune(graph: Graph, options: CompileOptions, heuristic: TimedGraph): readonly FusedGraph[] {
  const asked = { fusion: options.fusion ?? options.schedule?.fusion, timed: heuristic };
  if (asked.fusion !== undefined) return [asked];
  const others = fusionModes.flatMap((fusion): readonly FusedGraph[] => {
    const timed = timeGraph(graph, { ...options, fusion });
    return timed.ok ? [{ fusion, timed: timed.value }] : [];
  });
  const seen = new Set<string>();
  const different = [asked, ...others].filter(({ timed }) => {
    const text = JSON.stringify(timed.profile.kernels.map(({ ops }) => ops));
    return !seen.has(text) && seen.add(text);
  });
  const fastestNs = Math.min(...different.map(({ timed }) => timed.profile.timeNs));
  return different.filter(({ timed }) => timed.profile.timeNs <= fusionShare * fastestNs);
}

async function tuneFused(
  graph: Graph,
  options: TuneOptions,
  { fusion, timed }: FusedGraph,
  ask: AskKernel,
): Promise<Result<Tuned>> {
  const compile = { ...options.compile, fusion };
  const opened = openKernels(graph, compile);
  if (!opened.ok) return opened;
  const { kernels } = opened.value;
  const budgets = budgetsOf(opened.value, options.budget);
  const found = await Promise.all(
    kernels.map((kernel, at) =>
      search(kernel, { ...options, budget: budgets[at] ?? 0 }, (step) => ask({ kernel: at, fusion, step })),
    ),
  );
  const tuned = kernels.map((kernel, at) => ({ kernel, found: found[at] as Found }));
  const kept = keepFaster(graph, compile, tuned, timed);
  const sum = (count: (found: Found) => number): number => found.reduce((all, each) => all + count(each), 0);
  return ok({
    kernels: tuned.map((each) => ({ ...each, isKept: kept.kernels.includes(each) })),
    heuristic: timed,
    best: kept.timed,
    fusion,
    tried: sum(({ tried }) => tried.length),
    simulated: sum(({ simulated }) => simulated),
  });
}

/** Kernels that take longer get more; those that would get less than a few, none. */
function budgetsOf({ kernels, env }: OpenKernels, budget: number): readonly number[] {
  const times = kernels.map(({ lower, chosen }) => {
    const { machine, stepCost } = env;
    return timeKernel({ ...lower(chosen), machine, stepCost }).timeNs;
  });
  const all = times.reduce((sum, time) => sum + time, 0);
  return times.map((time) => Math.floor(all > 0 ? (budget * time) / all : budget / times.length));
}

async function search(
  kernel: OpenKernel,
  { budget, seed, known }: TuneOptions,
  ask: (step: SearchStep) => Promise<SearchAnswer | undefined>,
): Promise<Found> {
  const own = known?.(kernel);
  const starts = [kernel.chosen, ...(own === undefined ? [] : [own]), ...kernel.candidates];
  const steps = searchKernel({ choices: kernel.choices, starts }, { budget, seed });
  let next = steps.next();
  while (!next.done) next = steps.next(await ask(next.value));
  return next.value;
}

type FoundKernel = Omit<TunedKernel, "isKept">;

interface Kept {
  readonly kernels: readonly FoundKernel[];
  readonly timed: TimedGraph;
}

const gainOf = ({ found: { startNs, timeNs } }: FoundKernel): number =>
  startNs === undefined || timeNs === undefined ? 0 : startNs - timeNs;

/** All that was found, where the graph is faster with it; else one kernel after the other, the largest gain first, as long as that helps. */
function keepFaster(graph: Graph, options: CompileOptions, tuned: readonly FoundKernel[], heuristic: TimedGraph): Kept {
  const better = tuned.filter((each) => gainOf(each) > 0).sort((a, b) => gainOf(b) - gainOf(a));
  const timeWith = (kernels: readonly FoundKernel[]): TimedGraph | undefined => {
    const timed = timeGraph(graph, { ...options, chooseFields: chooseFound(kernels) });
    return timed.ok ? timed.value : undefined;
  };
  let kept: Kept = { kernels: [], timed: heuristic };
  const tryKernels = (kernels: readonly FoundKernel[]): boolean => {
    const timed = timeWith(kernels);
    if (timed === undefined || timed.profile.timeNs >= kept.timed.profile.timeNs) return false;
    kept = { kernels, timed };
    return true;
  };
  if (better.length === 0 || tryKernels(better) || better.length === 1) return kept;
  for (const each of better) tryKernels([...kept.kernels, each]);
  return kept;
}

/** Takes what was found for the kernels that it was found for. */
function chooseFound(kernels: readonly FoundKernel[]) {
  const fields = new Map(kernels.map(({ kernel, found }) => [kernel.key, found.fields]));
  return ({ key, chosen }: OpenKernel): GivenFields => fields.get(key) ?? chosen;
}
