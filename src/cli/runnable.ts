// A program of any stage, ready to run on one executor: what `tgc run` needs to know of it.

import { at, type Diagnostic, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import { type Fill, makeRandomTensor } from "../../ir-spec/random-tensor.ts";
import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import {
  type Execution,
  type Executor,
  type ExecutorName,
  executors,
  makeTask,
  type Tensors,
} from "../driver/executors.ts";
import { findTooMuchToGive } from "../driver/graph-data.ts";
import { programIndexBounds } from "../driver/index-bounds.ts";
import {
  checkRunnable,
  type DriverProgram,
  type FileStage,
  programExecutors,
  programInputs,
  runProgram,
  stageOfFile,
  wrongStage,
} from "../driver/programs.ts";
import { loadJob, loadProgram, type TilingOptions, unusedSchedules } from "./load.ts";
import { graphParameters, type Parameters } from "./tensors/load.ts";

export interface Runnable {
  readonly name: string;
  readonly parameters: Parameters;
  readonly run: (inputs: Tensors, gpu: GpuHost) => Promise<Execution>;
  /** For stderr. */
  readonly log: string;
  /** Gives diagnostics their places. */
  readonly locate: (diagnostics: readonly Diagnostic[]) => readonly Diagnostic[];
}

export interface RunnableOptions extends TilingOptions {
  readonly on: ExecutorName;
}

export function loadRunnable(cwd: string, file: string, options: RunnableOptions): Result<Runnable> {
  const stage = stageOfFile(file);
  return stage === "graph" ? loadGraphRunnable(cwd, file, options) : loadProgramRunnable(cwd, file, stage, options);
}

function loadGraphRunnable(cwd: string, file: string, options: RunnableOptions): Result<Runnable> {
  const job = loadJob(cwd, file, options);
  if (!job.ok) return job;
  const { graph, options: compile, locate } = job.value;
  const tooMuch = findTooMuchToGive(graph);
  if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
  const executor: Executor = executors[options.on];
  const task = makeTask({ graph, inputs: new Map(), options: compile, gpu: undefined });
  const prepared = executor.prepare(task);
  if (!prepared.ok) return fail(locate(prepared.error));
  return ok({
    name: graph.name,
    parameters: graphParameters(graph),
    run: (inputs, gpu) => executor.run({ ...task, inputs, gpu }),
    log: unusedSchedules(job.value),
    locate,
  });
}

function loadProgramRunnable(
  cwd: string,
  file: string,
  stage: Exclude<FileStage, "graph">,
  options: RunnableOptions,
): Result<Runnable> {
  const { on } = options;
  const known = programExecutors[stage];
  if (!known.includes(on)) return fail([wrongStage(file, stage, `a graph (.tg) to run on ${on}`)]);
  const loaded = loadProgram(cwd, file, stage, options);
  if (!loaded.ok) return loaded;
  const { program, target } = loaded.value;
  const tooLarge = checkRunnable(program, target);
  if (tooLarge.length > 0) return fail(tooLarge);
  return ok({
    name: program.program.name,
    parameters: programParameters(program),
    run: (inputs, gpu) => runProgram(program, inputs, { on, target, gpu }),
    log: "",
    locate: (diagnostics) => diagnostics,
  });
}

/** Without the graph it is not known what a tensor is for, but for indices; else random values depend on name and type alone. */
function programParameters(program: DriverProgram): Parameters {
  const inputs = programInputs(program);
  const bounds = programIndexBounds(program);
  const fillOf = ({ name }: { readonly name: string }): Fill | undefined => {
    const rows = bounds.get(name);
    return rows === undefined ? undefined : { kind: "integer", min: 0, max: rows - 1 };
  };
  return {
    types: new Map(inputs.map((input) => [input.name, input])),
    weights: inputs.flatMap(({ name, role }) => (role === "weight" ? [name] : [])),
    random: (seed) =>
      new Map(inputs.map((input) => [input.name, makeRandomTensor(input, seed, input.name, fillOf(input))])),
  };
}
