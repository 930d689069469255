// Runs a case of values on everything that can run it, and lists what is wrong: the reference, the optimised graph of each
// target, the graph on the GPU, and for each machine (the small one cuts even short cases into many tiles) and schedule the
// tile program and its stream. Values are compared with those that the case expects, the sign of a zero included; outputs that
// it expects nothing of are compared with the reference, within the project's own bounds.

import type { Result } from "../../ir-spec/base/result.ts";
import { printType, type Tensor, typesEqual } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, typeOf } from "../../ir-spec/graph.ts";
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { runPasses } from "../../passes/run.ts";
import { bounds } from "../../src/driver/bounds.ts";
import { loadGraph } from "../../src/driver/choose-graph.ts";
import { compareOutput } from "../../src/driver/compare.ts";
import { type CompileOptions, graphPipeline, optimizeGraph, passEnv } from "../../src/driver/compile.ts";
import { type Execution, type ExecutorName, executors, makeTask, type Tensors } from "../../src/driver/executors.ts";
import { runsOn } from "../../src/driver/gpu-runs.ts";
import { measureNoise, type NoisyReference } from "../../src/driver/noise.ts";
import { pickSchedule } from "../../src/driver/schedules.ts";
import { type Target, targetByName } from "../../src/driver/targets.ts";
import { renderDiagnostics } from "../../src/report/diagnostics.ts";
import type { AstModule } from "../../src/text/index.ts";
import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { repeatedTensor, type ValueCase } from "./value-case.ts";

/** What runs a tile program, or its stream, in this process. */
const local: readonly ExecutorName[] = ["tiles", "neuron"];

/** What all runs of one case share. */
interface Bench {
  readonly found: ValueCase;
  readonly module: AstModule;
  readonly graph: Graph;
  readonly inputs: Tensors;
  readonly reference: NoisyReference;
  /** The reference's outputs where subnormal numbers are taken for zeros, as WGSL allows. */
  readonly flushed: Tensors;
  readonly gpu: GpuHost | undefined;
}

/** Lists what is wrong with the case; without a GPU the executors that need one are left out. */
export async function runValueCase(found: ValueCase, gpu: GpuHost | undefined): Promise<readonly string[]> {
  const loaded = loadGraph({ name: `${found.name}.tg`, text: found.text }, {});
  const refusal = found.refusals.get("");
  if (refusal !== undefined) return checkRefusal("the program", refusal, loaded);
  if (!loaded.ok) return [complaint("the program", loaded)];
  const { module, graph } = loaded.value;
  const unknown = [...found.inputs.keys()].filter((name) => graph.params.every((param) => param.name !== name));
  const unexpected = [...found.expected.keys()].filter((name) => graphOutputs(graph).every((out) => out.name !== name));
  if (unknown.length + unexpected.length > 0) return [`the graph has no ${[...unknown, ...unexpected].join(", ")}`];
  const inputs = inputsOf(found, graph);
  const reference = await referenceOf(graph, inputs);
  const flushed = flushAll(runGraph(graph, flushAll(inputs), { rounding: true }));
  const bench: Bench = { found, module, graph, inputs, reference, flushed, gpu };
  return [
    ...compareAll("ref", runGraph(graph, inputs, { rounding: true }), bench),
    ...(["trn2", "webgpu"] as const).flatMap((target) => runOptimized(target, bench)),
    ...(gpu === undefined ? [] : await runMachine("graph", optionsFor("trn2"), ["webgpu"], bench)),
    ...(await runMachines(bench)),
  ];
}

function inputsOf({ inputs }: ValueCase, graph: Graph): Tensors {
  const given = graph.params.flatMap(({ name, value }) => {
    const list = inputs.get(name);
    return list === undefined ? [] : [[name, repeatedTensor(typeOf(graph, value), list)] as const];
  });
  return new Map([...makeRandomInputs(graph, 1), ...given]);
}

/** Zeros, with their signs, in the place of f32's subnormal numbers. */
function flushAll(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name, flush(tensor)]));
}

function flush(tensor: Tensor): Tensor {
  return { ...tensor, data: tensor.data.map((x) => (Math.abs(x) < bounds.minNormal.value ? Math.sign(x) * 0 : x)) };
}

async function referenceOf(graph: Graph, inputs: Tensors): Promise<NoisyReference> {
  const expanded = runPasses(graphPipeline(["expand"]), graph, { env: passEnv(targetOf("trn2")) });
  if (!expanded.ok) throw new Error(complaint("expand", expanded));
  return measureNoise(graph, expanded.value.ir, inputs);
}

function targetOf(name: string): Target {
  const target = targetByName(name);
  if (!target.ok) throw new Error(complaint(name, target));
  return target.value;
}

function optionsFor(machine: string): CompileOptions {
  return { target: targetOf(machine), strategy: "heuristic" };
}

/** The graph as the passes of a target leave it, in the reference interpreter. */
function runOptimized(target: "trn2" | "webgpu", bench: Bench): readonly string[] {
  const optimized = optimizeGraph(bench.graph, targetOf(target));
  if (!optimized.ok) return [complaint(target, optimized)];
  const outputs = runGraph(optimized.value.value, bench.inputs, { rounding: true });
  return compareAll("the optimised graph", outputs, bench).map((what) => `${target}: ${what}`);
}

/** On each machine the heuristic's schedule, and on the large one those of the file; the GPU follows one of the streams. */
async function runMachines(bench: Bench): Promise<readonly string[]> {
  const onGpu: readonly ExecutorName[] = bench.gpu === undefined ? [] : ["webgpu-isa"];
  const schedules = bench.module.items.filter((item) => item.kind === "schedule");
  const wrong = [
    ...(await runMachine("trn2", optionsFor("trn2"), [...local, ...onGpu], bench)),
    ...(await runMachine("tiny", optionsFor("tiny"), local, bench)),
  ];
  for (const { name } of schedules) wrong.push(...(await runSchedule(name.name, bench)));
  return wrong;
}

async function runMachine(
  where: string,
  options: CompileOptions,
  names: readonly ExecutorName[],
  bench: Bench,
): Promise<readonly string[]> {
  const { graph, inputs, gpu } = bench;
  const task = makeTask({ graph, inputs, options, gpu: gpu && runsOn(gpu) });
  const wrong: string[] = [];
  for (const name of names) wrong.push(...compareRun(name, await executors[name].run(task), bench));
  return wrong.map((what) => `${where}: ${what}`);
}

async function runSchedule(name: string, bench: Bench): Promise<readonly string[]> {
  const options = optionsFor("trn2");
  const picked = pickSchedule(bench.module, bench.graph.name, name);
  const schedule = picked.ok ? picked.value.written?.schedule : undefined;
  const refusal = bench.found.refusals.get(name);
  if (refusal === undefined && !picked.ok) return [complaint(`schedule ${name}`, picked)];
  if (refusal === undefined) return runMachine(`schedule ${name}`, { ...options, schedule }, local, bench);
  if (!picked.ok) return checkRefusal(`schedule ${name}`, refusal, picked);
  const { tiles } = makeTask({
    graph: bench.graph,
    inputs: bench.inputs,
    options: { ...options, schedule },
    gpu: undefined,
  });
  return checkRefusal(`schedule ${name}`, refusal, tiles());
}

function compareRun(name: ExecutorName, execution: Execution, bench: Bench): readonly string[] {
  switch (execution.kind) {
    case "done":
      return compareAll(name, execution.outputs, bench);
    case "unavailable":
      return [`${name}: ${execution.reason}`];
    case "failed":
      return [complaint(name, { ok: false, error: execution.diagnostics })];
    default:
      return execution satisfies never;
  }
}

function complaint(where: string, found: Result<unknown>): string {
  return `${where} is refused: ${found.ok ? "" : renderDiagnostics(found.error, { color: false })}`;
}

function checkRefusal(what: string, wanted: string, found: Result<unknown>): readonly string[] {
  if (found.ok) return [`${what} is accepted, and should be refused with ${wanted}`];
  const codes = [...new Set(found.error.map(({ code }) => code))].join(", ");
  return codes === wanted ? [] : [`${what} is refused with ${codes}, not with ${wanted}`];
}

/** Compares all outputs of one run. */
function compareAll(executor: ExecutorName | "the optimised graph", outputs: Tensors, bench: Bench): readonly string[] {
  return graphOutputs(bench.graph).flatMap(({ name, value }) => {
    const expected = bench.found.expected.get(name);
    const right = expected === undefined ? undefined : repeatedTensor(typeOf(bench.graph, value), expected);
    const wrong =
      right === undefined
        ? compareWithReference(executor, name, outputs, bench)
        : compareWithExpected(outputs.get(name), allowedTensors(executor, name, right, bench), bench.found);
    return wrong === undefined ? [] : [`${executor}: ${name}: ${wrong}`];
  });
}

/** The right values, then what adapters may give instead. */
function allowedTensors(executor: string, name: string, right: Tensor, { flushed }: Bench): readonly Tensor[] {
  const isOnGpu = executor === "webgpu" || executor === "webgpu-isa";
  return isOnGpu ? [right, flush(right), flushed.get(name) as Tensor] : [right];
}

function compareWithReference(b: string, name: string, outputs: Tensors, { reference }: Bench): string | undefined {
  const { agree, reason, worst } = compareOutput({ a: "ref", b, precise: false }, name, outputs.get(name), reference);
  return agree ? undefined : `${reason}, worst ${JSON.stringify(worst)}`;
}

/** Each element is near that of the first of the allowed tensors, or of another one. */
function compareWithExpected(found: Tensor | undefined, allowed: readonly Tensor[], { tolerance }: ValueCase) {
  const [expected] = allowed as readonly [Tensor, ...Tensor[]];
  if (found === undefined) return "it is missing";
  if (!typesEqual(found, expected)) return `it is ${printType(found)}, and should be ${printType(expected)}`;
  const isRight = (x: number, index: number): boolean =>
    allowed.some(({ data }) => isNear(x, data[index] as number, tolerance));
  const wrong = [...found.data.keys()].filter((index) => !isRight(found.data[index] as number, index));
  const [first] = wrong;
  if (first === undefined) return undefined;
  const [is, should] = [found.data[first], expected.data[first]].map((x) => (Object.is(x, -0) ? "-0" : `${x}`));
  return `${wrong.length} of ${found.data.length} elements are wrong; element ${first} is ${is}, and should be ${should}`;
}

/** Zeros, infinities and NaN are exactly the expected ones. */
function isNear(x: number, expected: number, tolerance: number): boolean {
  if (expected === 0 || !Number.isFinite(expected) || !Number.isFinite(x)) return Object.is(x, expected);
  return Math.abs(x - expected) <= tolerance * Math.abs(expected);
}
