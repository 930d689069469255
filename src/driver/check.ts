// `tgc.check/1`: a graph on all executors, compared with the reference, as it is and widened to f32.

import { isFloat } from "../../ir-spec/base/dtype.ts";
import type { Diagnostic, Result } from "../../ir-spec/base/result.ts";
import { ok } from "../../ir-spec/base/result.ts";
import type { Tensor, TensorType } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, typeOf } from "../../ir-spec/graph.ts";
import { runPasses } from "../../passes/run.ts";
import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import { type Comparison, compareOutput } from "./compare.ts";
import { type CompileOptions, graphPipeline, graphToTiles, passEnv } from "./compile.ts";
import { type Execution, type ExecutorName, executors, makeTask, type Task } from "./executors.ts";
import { measureNoise, type NoisyReference } from "./noise.ts";
import { type Job, type JobNews, runSideBySide } from "./side-by-side.ts";
import { widenGraph, widenTensors } from "./widen.ts";

export interface CheckOptions {
  readonly compile: CompileOptions;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Compared with the reference; unavailable ones are reported and skipped. */
  readonly executors: readonly ExecutorName[];
  readonly gpu: GpuHost | undefined;
  /** Leaves the run in the program's own dtypes out. */
  readonly onlyPrecise: boolean;
  /** Runs the reference, in a thread of its own where there is one; in this thread unless given. */
  readonly measure?: typeof measureNoise;
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
}

/** One of the two runs. */
interface CheckRun {
  readonly precise: boolean;
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly compile: CompileOptions;
}

/** What runs on one executor, in one of the runs. */
interface Work {
  readonly run: CheckRun;
  readonly name: ExecutorName;
  readonly task: Task;
}

/** Runs and compares. Fails where the graph itself cannot be prepared; an executor that fails counts as a difference. */
export async function checkGraph(graph: Graph, options: CheckOptions): Promise<Result<CheckReport>> {
  const expanded = new Map<CheckRun, Graph>();
  for (const run of planRuns(graph, options)) {
    const made = runPasses(graphPipeline(["expand"]), run.graph, { env: passEnv(run.compile.target) });
    if (!made.ok) return made;
    expanded.set(run, made.value.ir);
  }
  const works = [...expanded.keys()].flatMap((run): readonly Work[] => {
    const task = makeTask({ graph: run.graph, inputs: run.inputs, options: run.compile, gpu: options.gpu });
    return options.executors.map((name) => ({ run, name, task }));
  });
  const { executions, references } = await runAll(expanded, works, options);
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
  const hasFailed = statuses.some(({ diagnostics }) => diagnostics !== undefined);
  const agree = !hasFailed && outputs.every((output) => output.comparisons.every((comparison) => comparison.agree));
  return ok({ agree, graph: graph.name, target: options.compile.target.name, executors: statuses, outputs });
}

interface Ran {
  readonly executions: ReadonlyMap<Work, Execution>;
  readonly references: ReadonlyMap<CheckRun, NoisyReference>;
}

/** Side by side: what another process does, the reference, which may have a thread of its own, and what this thread does. */
async function runAll(
  expanded: ReadonlyMap<CheckRun, Graph>,
  works: readonly Work[],
  { measure = measureNoise, tell = () => undefined }: CheckOptions,
): Promise<Ran> {
  const executions = new Map<Work, Execution>();
  const references = new Map<CheckRun, NoisyReference>();
  const isRemote = ({ name }: Work): boolean => executors[name].isRemote;
  const job = (name: string, { precise }: CheckRun, run: Job["run"]): Job => ({
    what: `${name}, ${precise ? "f32" : "own dtypes"}`,
    run,
  });
  const execution = (work: Work): Job =>
    job(work.name, work.run, async () => {
      executions.set(work, await executors[work.name].run(work.task));
    });
  const reference = ([run, graph]: readonly [CheckRun, Graph]): Job =>
    job("ref", run, async () => {
      references.set(run, await measure(run.graph, graph, run.inputs));
    });
  const remote = works.filter(isRemote).map(execution);
  const local = works.filter((work) => !isRemote(work)).map(execution);
  await runSideBySide([remote, [...expanded].map(reference), local], tell);
  return { executions, references };
}

/** In the program's own dtypes, and in f32; one run where both are the same. */
function planRuns(graph: Graph, { compile, inputs, onlyPrecise }: CheckOptions): readonly CheckRun[] {
  const own: CheckRun = { precise: false, graph, inputs, compile };
  const isWide = graph.values.every(({ type }) => type.dtype === "f32" || !isFloat(type.dtype));
  if (isWide) return [{ ...own, precise: true }];
  const wideGraph = widenGraph(graph);
  const wide: CheckRun = {
    precise: true,
    graph: wideGraph,
    inputs: widenTensors(inputs),
    compile: fittingOptions(wideGraph, compile),
  };
  return onlyPrecise ? [wide] : [own, wide];
}

/** A schedule made for a small dtype may not fit with f32; then the tiling is chosen again, as it is not what is checked. */
function fittingOptions(graph: Graph, { target, strategy, schedule }: CompileOptions): CompileOptions {
  const fits = schedule === undefined || graphToTiles(graph, { target, strategy, schedule }).ok;
  return fits ? { target, strategy, schedule } : { target, strategy };
}

function statusOf({ name, run: { precise } }: Work, execution: Execution): CheckedExecutor {
  switch (execution.kind) {
    case "done": {
      const { adapter } = execution;
      return { name, precise, available: true, ...(adapter === undefined ? {} : { adapter }) };
    }
    case "unavailable":
      return { name, precise, available: false, reason: `${execution.reason}; ${execution.remedy}` };
    case "failed":
      return { name, precise, available: true, reason: "it failed", diagnostics: execution.diagnostics };
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
