// `tgc.check/1`: a graph on all executors, compared with the reference: as it is, widened to f32, and as it is on inputs for which
// no rounding happens.

import { isFloat } from "../../ir-spec/base/dtype.ts";
import type { Diagnostic, Result } from "../../ir-spec/base/result.ts";
import { at, fail, ok } from "../../ir-spec/base/result.ts";
import type { Tensor, TensorType } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, typeOf } from "../../ir-spec/graph.ts";
import { runPasses } from "../../passes/run.ts";
import { type Comparison, compareExactly, compareOutput } from "./compare.ts";
import { type CompileOptions, graphPipeline, graphToTiles, passEnv } from "./compile.ts";
import { type Culprit, type ExactSearch, findExactInputs } from "./exact.ts";
import { type Execution, type ExecutorName, executorNames, executors, makeTask, type Task } from "./executors.ts";
import type { GpuRuns } from "./gpu-runs.ts";
import {
  findTooMuchToCompute,
  findTooMuchToHold,
  maxCheckedElements,
  maxCheckedOperations,
  operationsOf,
} from "./graph-data.ts";
import { measureNoises, type NoisyReference } from "./noise.ts";
import { type Job, type JobNews, runSideBySide } from "./side-by-side.ts";
import { widenGraph, widenTensors } from "./widen.ts";
import { widenedToTiles } from "./widened-tiles.ts";

export interface CheckOptions {
  readonly compile: CompileOptions;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Compared with the reference; unavailable ones are reported and skipped. */
  readonly executors: readonly ExecutorName[];
  readonly gpu: GpuRuns | undefined;
  /** Leaves the run in the program's own dtypes out. */
  readonly onlyPrecise: boolean;
  /** Runs the reference, in a thread of its own where there is one; in this thread unless given. */
  readonly measure?: typeof measureNoises;
  /** Called as an executor or the reference starts and ends. */
  readonly tell?: (news: JobNews) => void;
}

export interface CheckedExecutor {
  readonly name: string;
  readonly precise: boolean;
  readonly available: boolean;
  readonly adapter?: string;
  readonly reason?: string;
  /** Why it failed where it should have run. */
  readonly diagnostics?: readonly Diagnostic[];
}

export interface CheckedOutput extends TensorType {
  readonly name: string;
  readonly comparisons: readonly Comparison[];
}

/** The fields of `tgc.check/1`. */
export interface CheckReport {
  readonly agree: boolean;
  readonly graph: string;
  readonly target: string;
  readonly executors: readonly CheckedExecutor[];
  readonly outputs: readonly CheckedOutput[];
  /** The run on exact inputs, of the program's own plan; absent where only the widened run was asked for. */
  readonly exact?: CheckedExactly;
}

/** The run on inputs that no right executor rounds anything of: all results are the same, bit for bit. */
export interface CheckedExactly {
  /** In words; null where there are no such inputs. */
  readonly inputs: string | null;
  readonly executors: readonly CheckedExecutor[];
  readonly outputs: readonly {
    readonly name: string;
    readonly comparisons: readonly Comparison[];
    /** The op that makes the output inexact, so that it is not compared. */
    readonly inexact?: string;
    /** Whether that op is in the way as it gives NaN or an infinity, and not as it rounds. */
    readonly isNotFinite?: true;
  }[];
}

/** One of the two runs. */
interface CheckRun {
  readonly precise: boolean;
  /** Whether it is beside a run of the program as it is, so that a plan of its own need not fit the machine. */
  readonly isBeside: boolean;
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly compile: CompileOptions;
}

/** What runs on one executor, in one of the runs. */
interface Work {
  readonly run: CheckRun;
  readonly name: ExecutorName;
  readonly task: Task;
  readonly isExact?: boolean;
}

/** Runs and compares. Fails where the graph itself cannot be prepared; an executor that fails counts as a difference. */
export async function checkGraph(graph: Graph, options: CheckOptions): Promise<Result<CheckReport>> {
  const expanded = new Map<CheckRun, Graph>();
  for (const run of planRuns(graph, options)) {
    const made = runPasses(graphPipeline(["expand"]), run.graph, { env: passEnv(run.compile.target) });
    if (!made.ok) return made;
    const tooMuch =
      findTooMuchToHold(made.value.ir, maxCheckedElements) ?? findTooMuchToCompute(made.value.ir, maxCheckedOperations);
    if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
    expanded.set(run, made.value.ir);
  }
  const works = [...tasksOf([...expanded.keys()], options)].flatMap(([run, task]): readonly Work[] =>
    options.executors.map((name) => ({ run, name, task })),
  );
  const search = options.onlyPrecise ? undefined : searchExact(graph, expanded, options);
  const exactWorks = exactWorksOf(works, search);
  const { executions, references } = await runAll(expanded, [...works, ...exactWorks], options);
  const comparisons = new Map<string, Comparison[]>(graphOutputs(graph).map(({ name }) => [name, []]));
  const statuses = works.map((work) => {
    const execution = executions.get(work)!;
    const reference = references.get(work.run)!;
    if (execution.kind === "done") {
      for (const [output, found] of comparisons) found.push(compareRun(work, output, execution, reference));
    }
    return statusOf(work, execution);
  });
  const outputs = graphOutputs(graph).map(({ name, value }) => ({
    name,
    ...typeOf(graph, value),
    comparisons: comparisons.get(name) ?? [],
  }));
  const exact = search && compareExactRun(graph, search, exactWorks, { executions, asked: options.executors });
  const agree = doAgree(statuses, outputs) && (exact === undefined || doAgree(exact.executors, exact.outputs));
  const made = { agree, graph: graph.name, target: options.compile.target.name, executors: statuses, outputs };
  return ok(exact === undefined ? made : { ...made, exact });
}

function doAgree(
  statuses: readonly CheckedExecutor[],
  outputs: readonly Pick<CheckedOutput, "comparisons">[],
): boolean {
  const hasFailed = statuses.some(({ diagnostics }) => diagnostics !== undefined);
  return !hasFailed && outputs.every(({ comparisons }) => comparisons.every(({ agree }) => agree));
}

function searchExact(graph: Graph, expanded: ReadonlyMap<CheckRun, Graph>, { inputs }: CheckOptions): ExactSearch {
  const [run] = [...expanded.keys()] as [CheckRun, ...CheckRun[]];
  return findExactInputs(graph, expanded.get(run) as Graph, inputs);
}

/**
 * Multiply-adds and elements up to which exact inputs run on executors of another process, too: on a software adapter they cost
 * far more than the reference. Above, the simulator and tile programs have them alone, which run the same plan.
 * Assumed: a second or so of an adapter that is none of the fastest.
 */
const maxRemoteExactWork = 2 ** 30;

const isTooMuchExactly = (name: ExecutorName, { found }: ExactSearch): boolean =>
  executors[name].isRemote && found !== undefined && found.work > maxRemoteExactWork;

/** The program's own plan, which its own run has compiled already, on other inputs. */
function exactWorksOf(works: readonly Work[], search: ExactSearch | undefined): readonly Work[] {
  const found = search?.found;
  const own = works[0]?.run;
  if (search === undefined || found === undefined) return [];
  return works.flatMap(({ run, name, task }) => {
    if (run !== own || isTooMuchExactly(name, search)) return [];
    const { inputs } = found;
    return [{ run: { ...run, precise: false, inputs }, name, task: { ...task, inputs }, isExact: true }];
  });
}

function compareExactRun(
  graph: Graph,
  search: ExactSearch,
  works: readonly Work[],
  { executions, asked }: { readonly executions: ReadonlyMap<Work, Execution>; readonly asked: readonly ExecutorName[] },
): CheckedExactly {
  const { found, inexact } = search;
  const outputs = graphOutputs(graph).map(({ name }) => {
    const wanted = found?.wanted.get(name);
    const comparisons = works.flatMap((work) => {
      const execution = executions.get(work)!;
      if (wanted === undefined || execution.kind !== "done") return [];
      const names = { a: "ref", b: work.name, precise: false };
      return [compareExactly(names, execution.outputs.get(name), wanted)];
    });
    return { name, comparisons, ...tellCulprit(inexact.get(name)) };
  });
  const ran = works.map((work) => statusOf(work, executions.get(work)!));
  const left = asked.filter((name) => isTooMuchExactly(name, search)).map((name) => leftOut(name, found?.work ?? 0));
  return { inputs: found?.what ?? null, executors: [...ran, ...left], outputs };
}

function tellCulprit(culprit: Culprit | undefined): Pick<CheckedExactly["outputs"][number], "inexact" | "isNotFinite"> {
  if (culprit === undefined) return {};
  return { inexact: culprit.op, ...(culprit.why === "not finite" ? { isNotFinite: true } : {}) };
}

function leftOut(name: ExecutorName, work: number): CheckedExecutor {
  const reason = `no exact run: ${work} multiply-adds and elements, expected at most ${maxRemoteExactWork}`;
  return { name, precise: false, available: false, reason };
}

interface Ran {
  readonly executions: ReadonlyMap<Work, Execution>;
  readonly references: ReadonlyMap<CheckRun, NoisyReference>;
}

/** Side by side: what another process does, the reference, which may have a thread of its own, and what this thread does. */
async function runAll(
  expanded: ReadonlyMap<CheckRun, Graph>,
  works: readonly Work[],
  { measure = measureNoises, tell = () => undefined }: CheckOptions,
): Promise<Ran> {
  const executions = new Map<Work, Execution>();
  const references = new Map<CheckRun, NoisyReference>();
  const isRemote = ({ name }: Work): boolean => executors[name].isRemote;
  const dtypesOf = ({ precise }: CheckRun): string => (precise ? "f32" : "own dtypes");
  const execution = (work: Work): Job => ({
    what: `${work.name}, ${work.isExact === true ? "exact inputs" : dtypesOf(work.run)}`,
    run: async () => {
      executions.set(work, await executors[work.name].run(work.task));
    },
  });
  const runs = [...expanded.keys()];
  const operations = [...expanded.values()].reduce((sum, graph) => sum + operationsOf(graph), 0);
  const count = new Intl.NumberFormat("en", { notation: "compact" }).format(operations);
  const reference: Job = {
    what: `ref, ${runs.map(dtypesOf).join(" and ")} (${count} operations)`,
    run: async () => {
      const measured = await measure(
        [...expanded].map(([{ graph, inputs }, made]) => ({ graph, expanded: made, inputs })),
      );
      for (const [index, run] of runs.entries()) references.set(run, measured[index] as NoisyReference);
    },
  };
  // A line for each executor of another process: each line asks for its next run while others are still under way.
  const remote = executorNames.filter((name) => executors[name].isRemote);
  const lines = remote.map((name) => works.filter((work) => work.name === name).map(execution));
  const local = works.filter((work) => !isRemote(work)).map(execution);
  await runSideBySide([[reference], ...lines, local], tell);
  return { executions, references };
}

/** A task for each run; that of the widened program has the kernels of the program itself. */
function tasksOf(runs: readonly CheckRun[], { gpu }: CheckOptions): ReadonlyMap<CheckRun, Task> {
  const tasks = new Map<CheckRun, Task>();
  for (const run of runs) {
    const { graph, inputs, compile } = run;
    const [own] = tasks.values();
    const makeTiles = own && (() => widenedToTiles(graph, own.tiles(), compile));
    tasks.set(run, makeTask({ graph, inputs, options: compile, gpu }, makeTiles));
  }
  return tasks;
}

/** In the program's own dtypes, and in f32; one run where both are the same. */
function planRuns(graph: Graph, { compile, inputs, onlyPrecise }: CheckOptions): readonly CheckRun[] {
  const own: CheckRun = { precise: false, isBeside: false, graph, inputs, compile };
  const isWide = graph.values.every(({ type }) => type.dtype === "f32" || !isFloat(type.dtype));
  if (isWide) return [{ ...own, precise: true }];
  const wideGraph = widenGraph(graph);
  const wide: CheckRun = {
    precise: true,
    isBeside: !onlyPrecise,
    graph: wideGraph,
    inputs: widenTensors(inputs),
    compile: fittingOptions(wideGraph, compile),
  };
  return onlyPrecise ? [wide] : [own, wide];
}

/** A schedule made for a small dtype may not fit with f32; then the tiling is chosen again, as it is not what is checked. */
function fittingOptions(graph: Graph, options: CompileOptions): CompileOptions {
  const fits = options.schedule === undefined || graphToTiles(graph, options).ok;
  return fits ? options : { ...options, schedule: undefined };
}

/** What says that a program is right and too large for the machine: memory on chip, semaphores, HBM. */
const misfits: ReadonlySet<string> = new Set(["E0801", "E0802", "E0803"]);

function statusOf({ name, run: { precise, isBeside } }: Work, execution: Execution): CheckedExecutor {
  switch (execution.kind) {
    case "done": {
      const { adapter } = execution;
      return { name, precise, available: true, ...(adapter === undefined ? {} : { adapter }) };
    }
    case "unavailable":
      return { name, precise, available: false, reason: `${execution.reason}; ${execution.remedy}` };
    case "failed": {
      const { diagnostics } = execution;
      if (isBeside && diagnostics.every(({ code }) => misfits.has(code))) {
        return {
          name,
          precise,
          available: false,
          reason: "the program does not fit the machine once it is widened to f32",
        };
      }
      return { name, precise, available: true, reason: "it failed", diagnostics };
    }
    default:
      return execution satisfies never;
  }
}

function compareRun(
  { name, run }: Work,
  output: string,
  execution: Extract<Execution, { kind: "done" }>,
  reference: NoisyReference,
): Comparison {
  const names = { a: "ref", b: name, precise: run.precise };
  return compareOutput(names, output, execution.outputs.get(output), reference);
}
