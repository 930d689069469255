// Runs: values, time, the comparison of all executors, and the proof of a stream.

import { at, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import {
  checkStream as checkStreamFor,
  type CheckReport as StreamCheckReport,
} from "../../targets/neuron/check/check.ts";
import { checkMadeFor } from "../../targets/neuron/made-for.ts";
import type { RunReport } from "../../targets/neuron/sim/report.ts";
import { type SimulateResult, simulate as simulateStream } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { type CheckReport, checkGraph } from "../driver/check.ts";
import { type ExecutorName, finishedRun } from "../driver/executors.ts";
import { runsOn } from "../driver/gpu-runs.ts";
import { findTooMuchToGive, maxCheckedElements } from "../driver/graph-data.ts";
import { checkTensors, graphParameters, type Parameters } from "../driver/parameters.ts";
import { type Profile, timeGraph } from "../driver/profile.ts";
import { profileProgram } from "../driver/programs.ts";
import { graphRunnable, programRunnable, type Runnable } from "../driver/runnable.ts";
import { defaultMachineName } from "../driver/targets.ts";
import { type TokenCosts, tokenCosts as tokenCostsOf } from "../driver/token-costs.ts";
import { type CompileOptions, driverOptions, locate } from "./compile.ts";
import { isGraph, isStream, type Program, toDriverProgram } from "./stage.ts";
import { resolveTarget, type TargetChoice } from "./target.ts";

/** Tensors for parameters by name; what is left out gets reproducible random values. */
export interface InputOptions {
  readonly inputs?: ReadonlyMap<string, Tensor> | undefined;
  /** Of the random values; 0 unless given. */
  readonly seed?: number | undefined;
}

export interface RunOptions extends CompileOptions, InputOptions {
  /** What runs it; `neuron` (the simulator) unless given. Tile programs also run on `tiles`, graphs also on `ref` and `webgpu`. */
  readonly on?: ExecutorName | undefined;
  /** For `webgpu` and `webgpu-isa`, see `openGpu`. */
  readonly gpu?: GpuHost | undefined;
}

export interface RunResult {
  /** The results by name, then the states' new contents. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Parameters that got random values. */
  readonly random: readonly string[];
  /** Of a run on a GPU: which one. */
  readonly adapter?: string;
  /** Of a run on the simulator: time and traffic. */
  readonly report?: RunReport;
}

/**
 * Runs a program of any stage on one executor, as `tgc run` does. Streams are proven right before they run. Fails for tensors that do not
 * fit (E1306, E1307) and where the executor is not available (E1309).
 *
 * @example
 * import { makeTensor, parse, run, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[2, 2], weight w: f32[2]) -> (y: f32[2, 2]) { y = x + w }"));
 * const x = makeTensor({ dtype: "f32", shape: [2, 2] }, [1, 2, 3, 4]);
 * const { outputs, random } = unwrap(await run(graph, { inputs: new Map([["x", x]]), target: "tiny" }));
 * console.log(outputs.get("y")?.data, random); // ... [ 'w' ]
 */
export async function run(program: Program, options: RunOptions = {}): Promise<Result<RunResult>> {
  const { on = "neuron", gpu } = options;
  const runnable = makeRunnable(program, on, options);
  if (!runnable.ok) return fail(locate(runnable.error, options));
  const { parameters } = runnable.value;
  const inputs = fillInputs(parameters, options);
  if (!inputs.ok) return inputs;
  const execution = await runnable.value.run(inputs.value, gpu);
  const random = [...parameters.types.keys()].filter((name) => options.inputs?.has(name) !== true);
  const finished = finishedRun(on, execution);
  if (!finished.ok) return finished;
  const { kind: _, ...result } = finished.value;
  return ok({ ...result, random });
}

function makeRunnable(program: Program, on: ExecutorName, options: RunOptions): Result<Runnable> {
  const driver = driverOptions(options, isStream(program) ? program.machine : defaultMachineName);
  if (!driver.ok) return driver;
  if (isGraph(program)) return graphRunnable(program, driver.value, on);
  return programRunnable(toDriverProgram(program), { on, target: driver.value.target, name: program.name });
}

function fillInputs(
  parameters: Parameters,
  { inputs = new Map(), seed = 0 }: InputOptions,
): Result<Map<string, Tensor>> {
  const wrong = checkTensors(parameters, inputs);
  return wrong.length > 0 ? fail(wrong) : ok(new Map([...parameters.random(seed), ...inputs]));
}

/**
 * Runs a stream on the simulator: values and time, or without `inputs` time alone. The stream names its machine; the target is needed
 * where that does not ship. The stream is not proven right first; see `run` and `checkStream`.
 *
 * @example
 * import { compile, makeRandomInputs, parse, simulate, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * const stream = unwrap(compile(graph, { target: "tiny" })).program;
 * const { outputs, report } = unwrap(simulate(stream, makeRandomInputs(graph, 1)));
 * console.log(report.timeNs, outputs.get("y")?.shape); // ... [ 8, 8 ]
 */
export function simulate(
  stream: Stream,
  inputs?: ReadonlyMap<string, Tensor>,
  options: { readonly target?: TargetChoice } = {},
): Result<SimulateResult> {
  const target = resolveTarget(options.target, stream.machine);
  return target.ok ? simulateStream(stream, target.value.machine, inputs) : target;
}

/**
 * Simulates the time and traffic of a program of any stage, without values, as `tgc profile` does. Times are in ns, sizes in B.
 *
 * @example
 * import { parse, profile, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(a: bf16[256, 256], b: bf16[256, 256]) -> (y: bf16[256, 256]) { y = matmul(a, b) }"));
 * for (const target of ["trn1", "trn2"]) {
 *   const { timeNs, hbm, bound } = unwrap(profile(graph, { target }));
 *   console.log(target, timeNs, hbm.readBytes, bound.kind);
 * }
 */
export function profile(program: Program, options: CompileOptions = {}): Result<Profile> {
  const driver = driverOptions(options, isStream(program) ? program.machine : defaultMachineName);
  if (!driver.ok) return driver;
  const timed = isGraph(program)
    ? timeGraph(program, driver.value)
    : profileProgram(toDriverProgram(program), driver.value.target);
  return timed.ok ? ok(timed.value.profile) : fail(locate(timed.error, options));
}

export interface CheckOptions extends CompileOptions, InputOptions {
  /** Compared with the reference; by default the simulator, and with a GPU both readings on it. */
  readonly executors?: readonly ExecutorName[] | undefined;
  readonly gpu?: GpuHost | undefined;
  /** Leaves the run in the program's own dtypes out. */
  readonly precise?: boolean | undefined;
}

/**
 * Runs a graph on all executors, in its own dtypes, widened to f32 and on exact inputs, and compares them with the reference, as
 * `tgc check` does. Executors that fail or differ are in the report; the result itself fails where nothing can be compared.
 *
 * @example
 * import { check, parse, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[4, 8], weight w: f32[8, 2]) -> (y: f32[4, 2]) { y = matmul(x, w) }"));
 * const { agree, outputs } = unwrap(await check(graph, { target: "tiny", seed: 7 }));
 * console.log(agree, outputs.map(({ name }) => name)); // true [ 'y' ]
 */
export async function check(graph: Graph, options: CheckOptions = {}): Promise<Result<CheckReport>> {
  const driver = driverOptions(options);
  if (!driver.ok) return driver;
  const tooMuch = findTooMuchToGive(graph, maxCheckedElements);
  if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
  const inputs = fillInputs(graphParameters(graph), options);
  if (!inputs.ok) return inputs;
  const { gpu, executors, precise = false } = options;
  const usual: readonly ExecutorName[] = gpu === undefined ? ["neuron"] : ["neuron", "webgpu", "webgpu-isa"];
  const report = await checkGraph(graph, {
    compile: driver.value,
    inputs: inputs.value,
    executors: executors ?? usual,
    gpu: gpu && runsOn(gpu),
    onlyPrecise: precise,
  });
  return report.ok ? report : fail(locate(report.error, options));
}

/**
 * Proves a stream free of races, deadlocks and reads of unwritten memory, or says what is wrong, as `tgc asm` does.
 *
 * @example
 * import { checkStream, compile, parse, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * const stream = unwrap(compile(graph, { target: "tiny" })).program;
 * const { ok, executedInstructions } = unwrap(checkStream(stream));
 * console.log(ok, executedInstructions);
 */
export function checkStream(
  stream: Stream,
  options: { readonly target?: TargetChoice } = {},
): Result<StreamCheckReport> {
  const target = resolveTarget(options.target, stream.machine);
  if (!target.ok) return target;
  const otherMachine = checkMadeFor(stream, target.value.machine);
  return otherMachine.length > 0 ? fail(otherMachine) : ok(checkStreamFor(stream, target.value.machine));
}

/**
 * Finds the tokens of a stream that order nothing, and what they cost (ns), as `tgc profile --tokens` does.
 *
 * @example
 * import { compile, parse, tokenCosts, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * const stream = unwrap(compile(graph, { target: "tiny" })).program;
 * console.log(unwrap(tokenCosts(stream)));
 */
export function tokenCosts(stream: Stream, options: { readonly target?: TargetChoice } = {}): Result<TokenCosts> {
  const target = resolveTarget(options.target, stream.machine);
  return target.ok ? tokenCostsOf(stream, target.value.machine) : target;
}
