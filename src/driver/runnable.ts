// A program of any stage, ready to run on one executor: made and bounded before there are tensors for it.

import { at, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import type { CompileOptions } from "./compile.ts";
import { type Execution, type Executor, type ExecutorName, executors, makeTask, type Tensors } from "./executors.ts";
import { runsOn } from "./gpu-runs.ts";
import { findTooMuchToGive } from "./graph-data.ts";
import { graphParameters, type Parameters, programParameters } from "./parameters.ts";
import { checkRunnable, type DriverProgram, programExecutors, runProgram, wrongStage } from "./programs.ts";
import type { Target } from "./targets.ts";

export interface Runnable {
  readonly name: string;
  readonly parameters: Parameters;
  readonly run: (inputs: Tensors, gpu: GpuHost | undefined) => Promise<Execution>;
}

/** A graph; it fails where it cannot be compiled for the executor. */
export function graphRunnable(graph: Graph, options: CompileOptions, on: ExecutorName): Result<Runnable> {
  const tooMuch = findTooMuchToGive(graph);
  if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
  const executor: Executor = executors[on];
  const task = makeTask({ graph, inputs: new Map(), options, gpu: undefined });
  const prepared = executor.prepare(task);
  if (!prepared.ok) return prepared;
  return ok({
    name: graph.name,
    parameters: graphParameters(graph),
    run: (inputs, gpu) => executor.run({ ...task, inputs, gpu: gpu && runsOn(gpu) }),
  });
}

/** A tile program or a stream, on one of the executors that run it; `name` is what messages call it. */
export function programRunnable(
  program: DriverProgram,
  { on, target, name }: { readonly on: ExecutorName; readonly target: Target; readonly name: string },
): Result<Runnable> {
  const { stage } = program;
  if (!programExecutors[stage].includes(on)) return fail([wrongStage(name, stage, `a graph (.tg) to run on ${on}`)]);
  const tooLarge = checkRunnable(program, target);
  if (tooLarge.length > 0) return fail(tooLarge);
  return ok({
    name: program.program.name,
    parameters: programParameters(program),
    run: (inputs, gpu) => runProgram(program, inputs, { on, target, gpu }),
  });
}
