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
import { widenGraph, widenTensors } from "./widen.ts";

export interface CheckOptions {
  readonly compile: CompileOptions;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Compared with the reference; those that are not there are told and passed over. */
  readonly executors: readonly ExecutorName[];
  readonly gpu: GpuHost | undefined;
  /** Leaves the run in the program's own dtypes out. */
  readonly onlyPrecise: boolean;
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

/** Runs and compares. Fails where the graph itself cannot be prepared; an executor that fails counts as a difference. */
export async function checkGraph(graph: Graph, options: CheckOptions): Promise<Result<CheckReport>> {
  const statuses: CheckedExecutor[] = [];
  const comparisons = new Map<string, Comparison[]>(graphOutputs(graph).map(({ name }) => [name, []]));
  for (const run of planRuns(graph, options)) {
    const expanded = runPasses(graphPipeline(["expand"]), run.graph, { env: passEnv(run.compile.target) });
    if (!expanded.ok) return expanded;
    const task = makeTask({ graph: run.graph, inputs: run.inputs, options: run.compile, gpu: options.gpu });
    const running = runAll(options.executors, task);
    const [executions, reference] = await Promise.all([
      running,
      measureNoise(run.graph, expanded.value.ir, run.inputs),
    ]);
    for (const [name, execution] of executions) {
      statuses.push(statusOf(name, run, execution));
      if (execution.kind !== "done") continue;
      for (const [output, found] of comparisons) found.push(compareRun(name, output, execution, { run, reference }));
    }
  }
  const outputs = graphOutputs(graph).map(({ name, value }) => ({
    name,
    ...typeOf(graph, value),
    comparisons: comparisons.get(name) ?? [],
  }));
  const hasFailed = statuses.some(({ diagnostics }) => diagnostics !== undefined);
  const agree = !hasFailed && outputs.every((output) => output.comparisons.every((comparison) => comparison.agree));
  return ok({ agree, graph: graph.name, target: options.compile.target.name, executors: statuses, outputs });
}

/** Executions by name. The GPU's process works while this one computes, so what runs there is started first. */
async function runAll(names: readonly ExecutorName[], task: Task): Promise<ReadonlyMap<ExecutorName, Execution>> {
  const isRemote = (name: ExecutorName) => executors[name].isRemote;
  const order = [...names.filter(isRemote), ...names.filter((name) => !isRemote(name))];
  const started = new Map(order.map((name) => [name, executors[name].run(task)]));
  const ended = await Promise.all(names.map(async (name) => [name, await started.get(name)!] as const));
  return new Map(ended);
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

/** A schedule made for a small dtype may not fit with f32; then the tiling is chosen anew, as it is not what is checked. */
function fittingOptions(graph: Graph, { target, strategy, schedule }: CompileOptions): CompileOptions {
  const fits = schedule === undefined || graphToTiles(graph, { target, strategy, schedule }).ok;
  return fits ? { target, strategy, schedule } : { target, strategy };
}

function statusOf(name: string, { precise }: CheckRun, execution: Execution): CheckedExecutor {
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
  executor: string,
  output: string,
  execution: Extract<Execution, { kind: "done" }>,
  { run, reference }: { readonly run: CheckRun; readonly reference: NoisyReference },
): Comparison {
  const names = { a: "ref", b: executor, precise: run.precise };
  return compareOutput(names, output, execution.outputs.get(output), reference);
}
