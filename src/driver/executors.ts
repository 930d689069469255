// THE TABLE OF EXECUTORS: everything that can run a graph, each after the same function. What needs Node (the GPU's
// process) is handed in, so that this file runs in a browser too.

import { once } from "../../ir-spec/base/once.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { findTooMuchTileData } from "../../ir-spec/tile-bounds.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import type { GpuStreamRun } from "../../targets/neuron/gpu/run.ts";
import type { RunReport } from "../../targets/neuron/sim/report.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { runTile } from "../../targets/ref/tile.ts";
import type { GpuRun } from "../../targets/webgpu/run.ts";
import { type CompileOptions, graphToTiles, type Lowered, type Made, optimizeGraph, tilesToStream } from "./compile.ts";
import type { GpuRuns } from "./gpu-runs.ts";
import { findTooMuchToCompute, findTooMuchToHold } from "./graph-data.ts";
import { targetByName } from "./targets.ts";

export type Tensors = ReadonlyMap<string, Tensor>;

/** One graph to run, with all that any executor needs. */
export interface Task {
  readonly graph: Graph;
  readonly inputs: Tensors;
  readonly options: CompileOptions;
  /** The tile program, made once, when the first executor wants it. */
  readonly tiles: () => Result<Lowered<TileProgram>>;
  /** The instruction stream, made and proven right once, when the first executor wants it. */
  readonly stream: () => Result<Stream>;
  readonly gpu: GpuRuns | undefined;
}

export type Execution =
  | { readonly kind: "done"; readonly outputs: Tensors; readonly adapter?: string; readonly report?: RunReport }
  | { readonly kind: "unavailable"; readonly reason: string; readonly remedy: string }
  | { readonly kind: "failed"; readonly diagnostics: readonly Diagnostic[] };

export interface Executor {
  readonly summary: string;
  /** Whether another process does the work, and this one only waits. */
  readonly isRemote: boolean;
  /** What is made before there are tensors, and may fail. */
  readonly prepare: (task: Task) => Result<unknown>;
  readonly run: (task: Task) => Promise<Execution>;
}

function defineExecutors<const T extends Readonly<Record<string, Executor>>>(rows: T): T {
  return rows;
}

export const executors = defineExecutors({
  ref: {
    summary: "the reference interpreter of graphs",
    isRemote: false,
    prepare: checkReference,
    run: async (task) => {
      const checked = checkReference(task);
      if (!checked.ok) return { kind: "failed", diagnostics: checked.error };
      return { kind: "done", outputs: runGraph(task.graph, task.inputs, { rounding: true }) };
    },
  },
  tiles: {
    summary: "the reference interpreter of tile programs",
    isRemote: false,
    prepare: (task) => task.tiles(),
    run: async (task) => {
      const tiles = task.tiles();
      if (!tiles.ok) return { kind: "failed", diagnostics: tiles.error };
      const tooMuch = findTooMuchTileData(tiles.value.value);
      if (tooMuch !== undefined) return { kind: "failed", diagnostics: [at(tooMuch, undefined)] };
      return { kind: "done", outputs: runTile(tiles.value.value, task.inputs, { rounding: true }) };
    },
  },
  neuron: {
    summary: "the simulator of instruction streams",
    isRemote: false,
    prepare: (task) => task.stream(),
    run: runOnNeuron,
  },
  webgpu: {
    summary: "the graph as WGSL on this machine's GPU, or on a software adapter",
    isRemote: true,
    prepare: () => ok(undefined),
    run: runOnWebgpu,
  },
  "webgpu-isa": {
    summary: "the instruction stream itself on the GPU",
    isRemote: true,
    prepare: (task) => task.stream(),
    run: runStreamOnWebgpu,
  },
});

export type ExecutorName = keyof typeof executors;
export const executorNames = Object.keys(executors) as readonly ExecutorName[];

/** Makes a task; a graph that cannot be tiled still runs on the executors that need no tiles. */
export function makeTask(
  task: Omit<Task, "tiles" | "stream">,
  makeTiles: Task["tiles"] = () => graphToTiles(task.graph, task.options),
): Task {
  const tiles = once(makeTiles);
  return { ...task, tiles, stream: once(() => provenStream(tiles(), task.options)) };
}

/** The stream is proven right before it runs, as a wrong one may still give right values on one machine. */
function provenStream(tiles: Result<Made<TileProgram>>, options: CompileOptions): Result<Stream> {
  const stream = tiles.ok ? tilesToStream(tiles.value.value, options) : tiles;
  if (!stream.ok) return stream;
  const proof = checkStream(stream.value, options.target.machine);
  return proof.ok ? stream : fail(proof.diagnostics);
}

function checkReference({ graph }: Task): Result<undefined> {
  const tooMuch = findTooMuchToHold(graph) ?? findTooMuchToCompute(graph);
  return tooMuch === undefined ? ok(undefined) : fail([at(tooMuch, undefined)]);
}

async function runOnNeuron(task: Task): Promise<Execution> {
  const stream = task.stream();
  const ran = stream.ok ? simulate(stream.value, task.options.target.machine, task.inputs) : stream;
  if (!ran.ok) return { kind: "failed", diagnostics: ran.error };
  return { kind: "done", outputs: ran.value.outputs, report: ran.value.report };
}

async function runStreamOnWebgpu(task: Task): Promise<Execution> {
  if (task.gpu === undefined) return noGpu;
  const stream = task.stream();
  if (!stream.ok) return { kind: "failed", diagnostics: stream.error };
  const { machine } = task.options.target;
  return gpuExecution(await task.gpu.stream(stream.value, machine, task.inputs));
}

async function runOnWebgpu({ graph, inputs, gpu }: Task): Promise<Execution> {
  if (gpu === undefined) return noGpu;
  const target = targetByName("webgpu");
  const optimized = target.ok ? optimizeGraph(graph, target.value) : target;
  const prepared = optimized.ok ? ok(optimized.value.value) : optimized;
  if (!prepared.ok) return { kind: "failed", diagnostics: prepared.error };
  return gpuExecution(await gpu.graph(prepared.value, inputs));
}

export const noGpu: Execution = { kind: "unavailable", reason: "no WebGPU host was given", remedy: "hand one in" };

/** What a run gave, or why there is nothing. */
export function finishedRun(executor: string, execution: Execution): Result<Extract<Execution, { kind: "done" }>> {
  switch (execution.kind) {
    case "done":
      return ok(execution);
    case "failed":
      return fail(execution.diagnostics);
    case "unavailable": {
      const { reason: why, remedy } = execution;
      return fail([at(problem("E1309", { executor, why }), undefined, [{ text: remedy }])]);
    }
    default:
      return execution satisfies never;
  }
}

/** What became of a run on the GPU. */
export function gpuExecution(ran: GpuRun | GpuStreamRun): Execution {
  switch (ran.kind) {
    case "done":
      return { kind: "done", outputs: ran.outputs, adapter: `${ran.adapter.name} (${ran.adapter.origin})` };
    case "refused":
      return { kind: "failed", diagnostics: ran.diagnostics };
    case "failed":
      return { kind: "unavailable", reason: ran.failure.reason, remedy: ran.failure.remedy };
    default:
      return ran satisfies never;
  }
}
