// What `tgc compare` compares: sizes, schedules and targets, as the options say; everything that is wrong with them is reported
// before anything runs.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import { machineNames } from "../../targets/neuron/machines/index.ts";
import {
  type Comparison,
  combineSizes,
  countCombinations,
  maxRuns,
  type ScheduleChoice,
  type SizedGraph,
  scheduleOf,
} from "../compare/jobs.ts";
import { type LoadedGraph, loadGraph } from "../driver/choose-graph.ts";
import { takeSchedule } from "../driver/schedules.ts";
import type { Target } from "../driver/targets.ts";
import { tilingStrategies } from "../driver/tiling-strategy.ts";
import { readMapping } from "../mappings/read-mapping.ts";
import { type AstModule, parseModule } from "../text/index.ts";
import { readSource } from "./files.ts";
import { loadTarget, readProgram } from "./load.ts";
import type { Given } from "./specs.ts";

type Options = Given<"compare">["options"];

export interface LoadedComparison extends Comparison {
  readonly graphName: string;
  readonly warnings: readonly Diagnostic[];
}

export function loadComparison(cwd: string, file: string, options: Options): Result<LoadedComparison> {
  const sizes = countCombinations(options.dim);
  if (sizes > maxRuns) return tooManyRuns(sizes);
  const loaded = loadGraphs(cwd, file, options);
  const targets = collect(splitList(options.targets).map((name) => loadMachineTarget(cwd, name, options.set)));
  if (!loaded.ok) return loaded;
  if (!targets.ok) return targets;
  const [first] = loaded.value;
  if (first === undefined) return fail([]);
  const schedules = loadSchedules(cwd, first, options.schedules);
  if (!schedules.ok) return schedules;
  const graphs: readonly SizedGraph[] = loaded.value;
  const distinctTargets = distinct(targets.value);
  const runs = graphs.length * schedules.value.length * distinctTargets.length;
  if (runs > maxRuns) return tooManyRuns(runs);
  const fitting = checkMappings(graphs, schedules.value, distinctTargets);
  if (!fitting.ok) return fitting;
  return ok({
    graphName: first.graph.name,
    warnings: first.warnings,
    graphs,
    schedules: schedules.value,
    targets: distinctTargets,
    fusion: options.fuse,
  });
}

/** Whether each mapping fits the graph in all its sizes, and each target. */
function checkMappings(
  graphs: readonly SizedGraph[],
  schedules: readonly ScheduleChoice[],
  targets: readonly Target[],
): Result<unknown> {
  const mappings = schedules.filter(({ mapping }) => mapping !== undefined);
  return collect(
    mappings.flatMap((choice) =>
      graphs.flatMap(({ graph }) => targets.map((target) => scheduleOf(choice, graph, target))),
    ),
  );
}

const tooManyRuns = (found: number) => fail([at(problem("E1334", { found, limit: maxRuns }), undefined)]);

/** A target that can be simulated. */
export function loadMachineTarget(cwd: string, name: string, set: Options["set"]): Result<Target> {
  const target = loadTarget(cwd, name, set);
  if (!target.ok || target.value.kind === "neuron") return target;
  return fail([at(problem("E1304", { name, expected: machineNames.join(", ") }), undefined)]);
}

const splitList = (list: string): readonly string[] => list.split(",").map((item) => item.trim());

const distinct = (targets: readonly Target[]): readonly Target[] =>
  targets.filter(({ name }, index) => targets.findIndex((other) => other.name === name) === index);

function collect<T>(results: readonly Result<T>[]): Result<readonly T[]> {
  const wrong: readonly Diagnostic[] = results.flatMap((result) => (result.ok ? [] : result.error));
  return wrong.length > 0 ? fail(wrong) : ok(results.flatMap((result) => (result.ok ? [result.value] : [])));
}

type LoadedSize = LoadedGraph & SizedGraph;

/** The graph with each combination of sizes. */
function loadGraphs(cwd: string, file: string, { graph, dim }: Options): Result<readonly LoadedSize[]> {
  const source = readProgram(cwd, file);
  if (!source.ok) return source;
  const graphs: LoadedSize[] = [];
  for (const dims of combineSizes(dim)) {
    const loaded = loadGraph(source.value, { dims, ...(graph !== undefined && { graph }) });
    if (!loaded.ok) return loaded;
    graphs.push({ ...loaded.value, dims });
  }
  return ok(graphs);
}

export function loadSchedules(
  cwd: string,
  { module, graph }: LoadedGraph,
  list: string | undefined,
): Result<readonly ScheduleChoice[]> {
  const own = namesOfSchedules(module, graph.name);
  const items = list === undefined ? [...own, "heuristic"] : splitList(list);
  const loaded = items.map((item): Result<readonly ScheduleChoice[]> => {
    if (/\.(ya?ml|json)$/.test(item)) return loadMapping(cwd, item);
    if (/[./\\]/.test(item)) return loadScheduleFile(cwd, item, graph.name);
    if (own.includes(item)) return choice(module, graph.name, item, item);
    const strategy = tilingStrategies.find((name) => name === item);
    if (strategy !== undefined) return ok([{ name: strategy, strategy }]);
    const known = [...own, ...tilingStrategies];
    const { notes } = suggest(item, known);
    return fail([at(problem("E1318", { found: item, expected: known.join(", ") }), undefined, notes)]);
  });
  const all = collect(loaded);
  return all.ok ? ok(all.value.flat()) : all;
}

/** A mapping of another tool; the strategy chooses what it leaves open. */
function loadMapping(cwd: string, file: string): Result<readonly ScheduleChoice[]> {
  const source = readSource(cwd, file);
  if (!source.ok) return source;
  const { text } = source.value;
  const mapping = readMapping([source.value]);
  if (!mapping.ok) return mapping;
  return ok([{ name: file, strategy: "heuristic", mapping: { file, text, mapping: mapping.value } }]);
}

function namesOfSchedules({ items }: AstModule, graph: string): readonly string[] {
  return items.flatMap((item) => (item.kind === "schedule" && item.graph.name === graph ? [item.name.name] : []));
}

/** `file.tg#name`, or every schedule of the file for the graph. */
function loadScheduleFile(cwd: string, item: string, graph: string): Result<readonly ScheduleChoice[]> {
  const [file = "", name] = item.split("#");
  const source = readSource(cwd, file);
  if (!source.ok) return source;
  const { module, diagnostics } = parseModule(source.value);
  if (diagnostics.length > 0) return fail(diagnostics);
  if (name !== undefined) return choice(module, graph, name, item);
  const names = namesOfSchedules(module, graph);
  // Without any, the error that says so.
  if (names.length === 0) return choice(module, graph, undefined, item);
  const all = collect(names.map((each) => choice(module, graph, each, `${file}#${each}`)));
  return all.ok ? ok(all.value.flat()) : all;
}

function choice(
  module: AstModule,
  graph: string,
  name: string | undefined,
  shown: string,
): Result<readonly ScheduleChoice[]> {
  const written = takeSchedule(module, graph, name);
  return written.ok ? ok([{ name: shown, schedule: written.value.schedule, strategy: "heuristic" }]) : written;
}
