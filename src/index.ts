// The library: the functions that the command calls, for use in programs. Nothing here touches files or the console, so all
// of it runs in a browser as well; who wants WebGPU hands a host in.

import { ok, type Result } from "../ir-spec/base/result.ts";
import type { Tensor } from "../ir-spec/base/tensor.ts";
import type { Graph } from "../ir-spec/graph.ts";
import { makeRandomInputs } from "../ir-spec/random-tensor.ts";
import type { GpuHost } from "../targets/gpu-host/gpu.ts";
import { type SimulateResult, simulate as simulateStream } from "../targets/neuron/sim/simulate.ts";
import type { Stream } from "../targets/neuron/stream.ts";
import { type CheckReport, checkGraph } from "./driver/check.ts";
import { loadGraph } from "./driver/choose-graph.ts";
import { type CompileOptions, graphToStream } from "./driver/compile.ts";
import type { ExecutorName } from "./driver/executors.ts";
import { defaultMachineName, type Target, targetByName, targetOfFile } from "./driver/targets.ts";
import type { ElaborateOptions } from "./text/index.ts";

export type { Dtype } from "../ir-spec/base/dtype.ts";
export type { Diagnostic, Fix, Note, Result } from "../ir-spec/base/result.ts";
export type { Source, Span } from "../ir-spec/base/span.ts";
export type { Shape, Tensor, TensorType } from "../ir-spec/base/tensor.ts";
export type { Graph, Node, Param } from "../ir-spec/graph.ts";
export type { Machine } from "../ir-spec/machine.ts";
export { printGraph } from "../ir-spec/print-graph.ts";
export { makeRandomInputs, makeRandomTensor } from "../ir-spec/random-tensor.ts";
export type { KernelSchedule, Schedule } from "../ir-spec/schedule.ts";
export type { GpuHost } from "../targets/gpu-host/gpu.ts";
export { printStream } from "../targets/neuron/asm/print-stream.ts";
export { type CheckReport as StreamCheckReport, checkStream } from "../targets/neuron/check/check.ts";
export { decodeStream } from "../targets/neuron/encode/decode.ts";
export { encodeStream } from "../targets/neuron/encode/encode.ts";
export type { RunReport } from "../targets/neuron/sim/report.ts";
export type { SimulateResult } from "../targets/neuron/sim/simulate.ts";
export type { Stream } from "../targets/neuron/stream.ts";
export { type DiffPair, type DiffProgram, diffPrograms } from "./diff/diff.ts";
export { normalGraph } from "./diff/normal/normal-graph.ts";
export type { DiffReport, Verdict } from "./diff/report.ts";
export { printNormalStream } from "./diff/stream/normal-stream.ts";
export type { CheckedExactly, CheckedExecutor, CheckedOutput, CheckReport } from "./driver/check.ts";
export type { Comparison } from "./driver/compare.ts";
export { type CompileOptions, compileToText } from "./driver/compile.ts";
export { type Profile, profileGraph } from "./driver/profile.ts";
export { type Target, targetNames } from "./driver/targets.ts";
export { type TokenCosts, tokenCosts } from "./driver/token-costs.ts";
export { type RenderOptions, renderDiagnostics } from "./report/diagnostics.ts";

/** Reads a program and gives one of its graphs: the named one, the only one, or `main`. */
export function parse(text: string, options: ElaborateOptions & { readonly name?: string } = {}): Result<Graph> {
  const loaded = loadGraph({ name: options.name ?? "program.tg", text }, options);
  return loaded.ok ? ok(loaded.value.graph) : loaded;
}

/** The options of `compile` and `check`. */
export interface Choices extends Partial<Pick<CompileOptions, "strategy" | "schedule" | "fusion">> {
  /** A machine's name, or a machine file's text; trn2 by default. */
  readonly target?: string | { readonly machineFile: string };
}

function chosen({ target, strategy, schedule, fusion }: Choices): Result<CompileOptions> {
  const found: Result<Target> =
    typeof target === "object"
      ? targetOfFile({ name: "machine.json", text: target.machineFile })
      : targetByName(target ?? defaultMachineName);
  return found.ok ? ok({ target: found.value, strategy: strategy ?? "heuristic", schedule, fusion }) : found;
}

/** Compiles a graph to the instruction stream of a machine. */
export function compile(graph: Graph, choices: Choices = {}): Result<Stream> {
  const options = chosen(choices);
  const made = options.ok ? graphToStream(graph, options.value) : options;
  return made.ok ? ok(made.value.value) : made;
}

/**
 * Runs a stream on the simulator: values and time, or without `inputs` time alone. `choices.target` is needed for a machine
 * of one's own; else the stream names its machine.
 */
export function simulate(
  stream: Stream,
  inputs?: ReadonlyMap<string, Tensor>,
  choices: Pick<Choices, "target"> = {},
): Result<SimulateResult> {
  const options = chosen({ target: stream.machine, ...choices });
  return options.ok ? simulateStream(stream, options.value.target.machine, inputs) : options;
}

export interface CheckChoices extends Choices {
  /** By name; parameters that are left out get reproducible random values. */
  readonly inputs?: ReadonlyMap<string, Tensor>;
  readonly seed?: number;
  readonly executors?: readonly ExecutorName[];
  readonly gpu?: GpuHost;
}

/** Runs a graph on all executors, in its own dtypes, widened to f32 and on exact inputs, and compares them with the reference. */
export async function check(graph: Graph, choices: CheckChoices = {}): Promise<Result<CheckReport>> {
  const options = chosen(choices);
  if (!options.ok) return options;
  const { inputs = new Map(), seed = 0, gpu, executors } = choices;
  const usual: readonly ExecutorName[] = gpu === undefined ? ["neuron"] : ["neuron", "webgpu", "webgpu-isa"];
  return checkGraph(graph, {
    compile: options.value,
    inputs: new Map([...makeRandomInputs(graph, seed), ...inputs]),
    executors: executors ?? usual,
    gpu,
    onlyPrecise: false,
  });
}
