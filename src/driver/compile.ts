// The way of a graph through the compiler: passes, lowering, the target's program; and the table of stages to print.

import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { verifyTile } from "../../ir-spec/verify-tile.ts";
import type { FusionMode } from "../../passes/graph/fuse/mode.ts";
import { type PassName, passDef } from "../../passes/index.ts";
import type { Strategy } from "../../passes/lower/kinds/define.ts";
import { lowerGraph } from "../../passes/lower/lower.ts";
import { completeOptions, type PassEnv, type PassStep, type Pipeline, type Remark } from "../../passes/pass.ts";
import { runPasses } from "../../passes/run.ts";
import { guaranteedGpuLimits } from "../../targets/gpu-host/gpu.ts";
import { printStream } from "../../targets/neuron/asm/print-stream.ts";
import { allocate } from "../../targets/neuron/compile/allocate.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { engineCost } from "../../targets/neuron/cost.ts";
import { encodeStream } from "../../targets/neuron/encode/encode.ts";
import { stepCost } from "../../targets/neuron/step-cost.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { compileWgsl } from "../../targets/webgpu/compile.ts";
import { printWgslPlan } from "../../targets/webgpu/print-plan.ts";
import { normalGraph, orderGraph } from "../diff/normal/normal-graph.ts";
import { printNormalStream } from "../diff/stream/normal-stream.ts";
import { printHex } from "../report/hex-dump.ts";
import { type StageName, type Target, targetRow } from "./targets.ts";

export interface CompileOptions {
  readonly target: Target;
  readonly strategy: Strategy;
  readonly schedule?: Schedule | undefined;
  /** Which fusions are made; `auto` where it is not said. */
  readonly fusion?: FusionMode | undefined;
}

/** A value of a later stage, and what the steps on the way there had to say. */
export interface Made<T> {
  readonly value: T;
  readonly remarks: readonly Remark[];
}

export function passEnv({ machine }: Target): PassEnv {
  return { machine, engineCost: engineCost(machine), stepCost: stepCost(machine) };
}

/** A pipeline of passes on graphs, each with its default options. */
export function graphPipeline(names: readonly PassName[]): Pipeline<"graph", "graph"> {
  const steps = names.map((name) => ({ name, options: completeOptions(passDef(name).options, {}) }));
  return { from: "graph", to: "graph", steps };
}

/** A pipeline that fuses as asked for, or as it says where nothing is asked for. */
export function withFusion(
  pipeline: Pipeline<"graph", "graph">,
  fusion: FusionMode | undefined,
): Pipeline<"graph", "graph"> {
  if (fusion === undefined) return pipeline;
  const withMode = (step: PassStep): PassStep =>
    step.name === "fuse" ? { ...step, options: { ...step.options, mode: fusion } } : step;
  return { ...pipeline, steps: pipeline.steps.map(withMode) };
}

/** Stage 2 -> 3: the passes of the target. */
export function optimizeGraph(graph: Graph, target: Target, fusion?: FusionMode): Result<Made<Graph>> {
  const ran = runPasses(withFusion(graphPipeline(targetRow(target.kind).passes), fusion), graph, {
    env: passEnv(target),
  });
  return ran.ok ? ok({ value: ran.value.ir, remarks: ran.value.remarks }) : ran;
}

/** Stage 2 -> 4: passes and lowering. */
export function graphToTiles(graph: Graph, options: CompileOptions): Result<Made<TileProgram>> {
  const { target, strategy, schedule, fusion } = options;
  const optimized = optimizeGraph(graph, target, fusion);
  if (!optimized.ok) return optimized;
  const choice = { strategy, ...(schedule === undefined ? {} : { schedule }) };
  const lowered = lowerGraph(optimized.value.value, choice, passEnv(target));
  if (!lowered.ok) return lowered;
  const { program, remarks } = lowered.value;
  const wrong = verifyTile(program);
  if (wrong.length > 0) return fail([ourMistake("lowering", wrong)]);
  return ok({ value: program, remarks: [...optimized.value.remarks, ...remarks] });
}

/** What the verifier says of a program that a step of ours has made. */
function ourMistake(step: string, [first, ...more]: readonly Diagnostic[]): Diagnostic {
  const say = ({ code, args }: Diagnostic): string => `${code}: ${errorMessage(code, args)}`;
  const notes = more.map((found) => ({ text: say(found) }));
  return at(problem("E9001", { step, why: first === undefined ? "" : say(first) }), first?.span, notes);
}

/** Stage 2 -> 5: an instruction stream. */
export function graphToStream(graph: Graph, options: CompileOptions): Result<Made<Stream>> {
  const tiles = graphToTiles(graph, options);
  if (!tiles.ok) return tiles;
  const stream = compileTiles(tiles.value.value, options.target.machine);
  return stream.ok ? ok({ value: stream.value, remarks: tiles.value.remarks }) : stream;
}

/** Stage 2 -> 6a: a binary image. */
export function graphToImage(graph: Graph, options: CompileOptions): Result<Made<Uint8Array>> {
  const stream = graphToStream(graph, options);
  if (!stream.ok) return stream;
  const image = encodeStream(stream.value.value, options.target.machine);
  return image.ok ? ok({ value: image.value, remarks: stream.value.remarks }) : image;
}

/** A made value printed. */
function printed<T>(made: Result<Made<T>>, print: (value: T) => string): Result<Made<string>> {
  return made.ok ? ok({ value: print(made.value.value), remarks: made.value.remarks }) : made;
}

/** What a file of a stage holds. */
type WriteStage = (graph: Graph, options: CompileOptions) => Result<Made<string | Uint8Array>>;

function graphToWgslText(graph: Graph, { target }: CompileOptions): Result<Made<string>> {
  const optimized = optimizeGraph(graph, target);
  if (!optimized.ok) return optimized;
  const plan = compileWgsl(optimized.value.value, guaranteedGpuLimits);
  return plan.ok ? ok({ value: printWgslPlan(plan.value), remarks: optimized.value.remarks }) : plan;
}

/**
 * The target's program in its normal form. It is made of the graph with its statements in their structural order: the order in which
 * they are written decides which kernel comes first, and at times which ops fuse.
 */
function compileToNormal(graph: Graph, options: CompileOptions): Result<Made<string>> {
  if (options.target.kind === "webgpu") return graphToWgslText(normalGraph(graph), options);
  return printed(graphToStream(orderGraph(graph), options), printNormalStream);
}

const stages: { readonly [S in StageName]: WriteStage } = {
  graph: (graph) => ok({ value: printGraph(graph), remarks: [] }),
  fused: (graph, { target, fusion }) => printed(optimizeGraph(graph, target, fusion), printGraph),
  tiles: (graph, options) => printed(graphToTiles(graph, options), printTileProgram),
  asm: (graph, options) => printed(graphToStream(graph, options), printStream),
  normal: compileToNormal,
  bin: graphToImage,
  wgsl: graphToWgslText,
};

/** Compiles up to a stage, the target's program unless given: the content of a file, of which `bin` alone is no text. */
export function compileToContent(
  graph: Graph,
  options: CompileOptions,
  wanted?: StageName,
): Result<Made<string | Uint8Array> & { readonly stage: StageName }> {
  const stage = stageOf(options.target, wanted);
  if (!stage.ok) return stage;
  const content = stages[stage.value](graph, options);
  return content.ok ? ok({ ...content.value, stage: stage.value }) : content;
}

/** The stage that is wanted of a target, its program unless given. */
function stageOf({ name, kind }: Target, wanted?: StageName): Result<StageName> {
  const { stages: known, program } = targetRow(kind);
  const stage = wanted ?? program;
  if (known.includes(stage)) return ok(stage);
  return fail([at(problem("E1308", { target: name, stage, expected: known.join(", ") }), undefined)]);
}

/** A tile program as a text, and what of it the machine's memories do not hold: how it looks says why. */
export function graphToTileText(
  graph: Graph,
  options: CompileOptions,
  print: (program: TileProgram) => string = printTileProgram,
): Result<Made<string> & { readonly misfits: readonly Diagnostic[] }> {
  const stage = stageOf(options.target, "tiles");
  if (!stage.ok) return stage;
  const tiles = graphToTiles(graph, options);
  if (!tiles.ok) return tiles;
  const { value, remarks } = tiles.value;
  return ok({ value: print(value), remarks, misfits: findMisfits(value, options.target) });
}

/** What of a tile program the machine's memories do not hold. */
export function findMisfits(program: TileProgram, { machine }: Target): readonly Diagnostic[] {
  const allocated = allocate(program, machine);
  return allocated.ok ? [] : allocated.error;
}

/** Compiles up to a stage and prints it, an image in hexadecimal. */
export function compileToText(
  graph: Graph,
  options: CompileOptions,
  wanted?: StageName,
): Result<Made<string> & { readonly stage: StageName }> {
  const made = compileToContent(graph, options, wanted);
  if (!made.ok) return made;
  const { value } = made.value;
  return ok({ ...made.value, value: typeof value === "string" ? value : printHex(value) });
}
