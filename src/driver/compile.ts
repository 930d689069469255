// The way of a graph through the compiler: passes, lowering, the target's program; and the table of stages to print.

import { completeAttrs } from "../../ir-spec/base/attr.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { FusionMode } from "../../ir-spec/fusion-mode.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { type PassName, passDef } from "../../passes/index.ts";
import type { Strategy as LoweringStrategy } from "../../passes/lower/kinds/define.ts";
import type { ChooseFields } from "../../passes/lower/open-kernel.ts";
import type { Level, PassEnv, PassStep, Pipeline, Remark } from "../../passes/pass.ts";
import { type PassEvent, type PlantInPass, type RunPassesOptions, runPasses } from "../../passes/run.ts";
import { makeScheduleMemo } from "../../passes/schedule/memo.ts";
import { priceKernels } from "../../passes/schedule/price-kernels.ts";
import { guaranteedGpuLimits } from "../../targets/gpu-host/gpu.ts";
import { printStream } from "../../targets/neuron/asm/print-stream.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { allocate } from "../../targets/neuron/compile/allocate.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { engineCost } from "../../targets/neuron/cost.ts";
import { encodeStream } from "../../targets/neuron/encode/encode.ts";
import { stepCost } from "../../targets/neuron/step-cost.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { compileWgsl } from "../../targets/webgpu/compile.ts";
import type { WgslPlan } from "../../targets/webgpu/plan.ts";
import { printWgslPlan } from "../../targets/webgpu/print-plan.ts";
import { normalGraph, orderGraph } from "../diff/normal/normal-graph.ts";
import { printNormalStream } from "../diff/stream/normal-stream.ts";
import { searchHere } from "../tune/search-here.ts";
import { atKernels } from "./origins.ts";
import { type StageName, type Target, type TargetKind, targetRow } from "./targets.ts";
import type { Strategy } from "./tiling-strategy.ts";

export interface CompileOptions {
  readonly target: Target;
  readonly strategy: Strategy;
  readonly schedule?: Schedule | undefined;
  /** Which fusions are made; what the schedule says, or `auto`, where it is not given. */
  readonly fusion?: FusionMode | undefined;
  /** Has the last word on what no schedule says. */
  readonly chooseFields?: ChooseFields | undefined;
  /** Called after each pass. */
  readonly observe?: RunPassesOptions["observe"];
  /** For tests of what finds faults: a fault of the compiler. */
  readonly plant?: Plant | undefined;
}

/** A fault of the compiler, planted into what it makes. */
export interface Plant {
  readonly inPass?: PlantInPass;
  readonly inStream?: (stream: Stream) => Stream;
}

/** A value of a later stage, and what the steps on the way there had to say. */
export interface Made<T> {
  readonly value: T;
  readonly remarks: readonly Remark[];
}

/** What was lowered from a graph, with the graph whose nodes its origins name, and the one that the pass `fuse` found. */
export interface Lowered<T> extends Made<T> {
  readonly graph: Graph;
  readonly unfused: Graph;
}

/** With a memory of its own, for the passes of one program. */
export function passEnv({ machine }: Pick<Target, "machine">): PassEnv {
  const costs = { machine, engineCost: engineCost(machine), stepCost: stepCost(machine) };
  const env: PassEnv = { ...costs, memo: makeScheduleMemo(), kernelsNs: (graph) => priceKernels(graph, env) };
  return env;
}

/** Passes in order, each with the options that are given or its defaults. */
function stepsOf(
  names: readonly PassName[],
  given: Readonly<Partial<Record<PassName, PassStep["options"]>>> = {},
): readonly PassStep[] {
  return names.map((name) => ({ name, options: completeAttrs(passDef(name).options, given[name] ?? {}) }));
}

/** A pipeline of passes on graphs, each with its default options. */
export function graphPipeline(names: readonly PassName[]): Pipeline<"graph", "graph"> {
  return { from: "graph", to: "graph", steps: stepsOf(names) };
}

/** What a target does to its graphs; composites that its kernels compute stay. */
export function targetPipeline(kind: TargetKind): Pipeline<"graph", "graph"> {
  const { passes, options } = targetRow(kind);
  return { from: "graph", to: "graph", steps: stepsOf(passes, options) };
}

/** The same of passes on tile programs. */
export function tilePipeline(names: readonly PassName[]): Pipeline<"tile", "tile"> {
  return { from: "tile", to: "tile", steps: stepsOf(names) };
}

/** A pipeline that fuses as asked for, or as it says where nothing is asked for: the passes that fuse, and those that ask what it would save. */
export function withFusion<From extends Level, To extends Level>(
  pipeline: Pipeline<From, To>,
  fusion: FusionMode | undefined,
): Pipeline<From, To> {
  if (fusion === undefined) return pipeline;
  const withMode = (step: PassStep): PassStep =>
    Object.hasOwn(step.options, "mode") ? { ...step, options: { ...step.options, mode: fusion } } : step;
  return { ...pipeline, steps: pipeline.steps.map(withMode) };
}

/** What is asked for, else what the schedule says. */
function fusionOf({ fusion, schedule }: Pick<CompileOptions, "fusion" | "schedule">): FusionMode | undefined {
  return fusion ?? schedule?.fusion;
}

/** Stage 2 -> 3: the passes of the target. */
export function optimizeGraph(
  graph: Graph,
  target: Target,
  { observe, plant, ...options }: Pick<CompileOptions, "fusion" | "schedule" | "observe" | "plant"> = {},
): Result<Made<Graph>> {
  const pipeline = withFusion(targetPipeline(target.kind), fusionOf(options));
  const ran = runPasses(pipeline, graph, { env: passEnv(target), plant: plant?.inPass, ...(observe && { observe }) });
  return ran.ok ? ok({ value: ran.value.ir, remarks: ran.value.remarks }) : ran;
}

/** The target's passes on graphs up to the one that fuses. */
export function pipelineToFuse(
  options: Pick<CompileOptions, "target" | "fusion" | "schedule">,
): Pipeline<"graph", "graph"> {
  const pipeline = withFusion(targetPipeline(options.target.kind), fusionOf(options));
  const end = pipeline.steps.findIndex(({ name }) => name === "fuse");
  return { ...pipeline, steps: pipeline.steps.slice(0, end) };
}

/** Stage 2 -> 4: the target's passes on graphs, the lowering, the passes on tile programs. */
export function graphToTiles(graph: Graph, options: CompileOptions): Result<Lowered<TileProgram>> {
  const { target, strategy, schedule, observe, plant } = options;
  const { tilePasses } = targetRow(target.kind);
  const lowering = stepsOf(["lower", ...tilePasses], { lower: { strategy: lowerStrategy(strategy) } });
  const steps = [...targetPipeline(target.kind).steps, ...lowering];
  const pipeline: Pipeline<"graph", "tile"> = withFusion({ from: "graph", to: "tile", steps }, fusionOf(options));
  const costs = passEnv(target);
  const chooseFields = options.chooseFields ?? (strategy === "search" ? searchHere(costs) : undefined);
  const env = { ...costs, schedule, chooseFields };
  const found = new Map<string, Graph>();
  const note = (event: PassEvent): void => {
    if (event.before.level === "graph") found.set(event.step.name, event.before.ir);
    observe?.(event);
  };
  const ran = runPasses(pipeline, graph, { env, observe: note, plant: plant?.inPass });
  if (!ran.ok) return ran;
  const { ir, remarks } = ran.value;
  return ok({ value: ir, remarks, graph: found.get("lower") ?? graph, unfused: found.get("fuse") ?? graph });
}

/** A search begins with what the heuristic chooses. */
const lowerStrategy = (strategy: Strategy): LoweringStrategy => (strategy === "search" ? "heuristic" : strategy);

/** Stage 3 -> 4: a graph that the target's passes have prepared. */
export function optimizedToTiles(
  graph: Graph,
  {
    target,
    strategy,
    schedule,
    chooseFields,
  }: Pick<CompileOptions, "target" | "strategy" | "schedule" | "chooseFields">,
  env: PassEnv = passEnv(target),
): Result<TileProgram> {
  const steps = stepsOf(["lower", ...targetRow(target.kind).tilePasses], {
    lower: { strategy: lowerStrategy(strategy) },
  });
  const pipeline: Pipeline<"graph", "tile"> = { from: "graph", to: "tile", steps };
  const ran = runPasses(pipeline, graph, { env: { ...env, schedule, chooseFields } });
  return ran.ok ? ok(ran.value.ir) : ran;
}

/** Stage 4 -> 5. */
export function tilesToStream(tiles: TileProgram, { target, plant }: CompileOptions): Result<Stream> {
  const stream = compileTiles(tiles, target.machine);
  return stream.ok && plant?.inStream !== undefined ? ok(plant.inStream(stream.value)) : stream;
}

/** A stream with the tile program that it was made of. */
export interface LoweredStream extends Lowered<Stream> {
  readonly tiles: TileProgram;
}

/** Stage 2 -> 5: an instruction stream. */
export function graphToStream(graph: Graph, options: CompileOptions): Result<LoweredStream> {
  const tiles = graphToTiles(graph, options);
  if (!tiles.ok) return tiles;
  const stream = tilesToStream(tiles.value.value, options);
  if (!stream.ok) return fail(atKernels(stream.error, tiles.value.graph, tiles.value.value));
  return ok({ ...tiles.value, value: stream.value, tiles: tiles.value.value });
}

/** What a file holds of a stream. */
const streamStages = {
  asm: (stream) => ok(printStream(stream)),
  bin: (stream, { machine }) => encodeStream(stream, machine),
} as const satisfies Partial<Record<StageName, (stream: Stream, target: Target) => Result<string | Uint8Array>>>;

/** The stages that come from a tile program. */
type TileStageName = "tiles" | keyof typeof streamStages;

const isTileStage = (name: StageName): name is TileStageName => name === "tiles" || Object.hasOwn(streamStages, name);

type StreamOfTiles = (tiles: TileProgram, target: Target) => Result<Stream>;

const streamOfTiles: StreamOfTiles = (tiles, { machine }) => compileTiles(tiles, machine);

/** Of tiles that somebody wrote or changed, which may hold what the machine does not do. */
export const provenStreamOfTiles: StreamOfTiles = (tiles, { machine }) => {
  const stream = compileTiles(tiles, machine);
  if (!stream.ok) return stream;
  const { diagnostics } = checkStream(stream.value, machine);
  return diagnostics.length > 0 ? fail(diagnostics) : stream;
};

function tilesAs(
  stage: TileStageName,
  { tiles, target, compile }: { readonly tiles: TileProgram; readonly target: Target; readonly compile: StreamOfTiles },
): Result<string | Uint8Array> {
  if (stage === "tiles") return ok(printTileProgram(tiles));
  const stream = compile(tiles, target);
  return stream.ok ? streamStages[stage](stream.value, target) : stream;
}

/** A made value printed. */
function printed<T>(made: Result<Made<T>>, print: (value: T) => string): Result<Made<string>> {
  return made.ok ? ok({ value: print(made.value.value), remarks: made.value.remarks }) : made;
}

/** What a file of a stage holds. */
type WriteStage = (graph: Graph, options: CompileOptions) => Result<Made<string | Uint8Array>>;

/** A graph to the launch plan of WebGPU, for what every adapter has. */
export function graphToPlan(graph: Graph, { target, observe }: CompileOptions): Result<Made<WgslPlan>> {
  const optimized = optimizeGraph(graph, target, { observe });
  if (!optimized.ok) return optimized;
  const plan = compileWgsl(optimized.value.value, guaranteedGpuLimits);
  return plan.ok ? ok({ value: plan.value, remarks: optimized.value.remarks }) : plan;
}

const graphToWgslText: WriteStage = (graph, options) => printed(graphToPlan(graph, options), printWgslPlan);

/**
 * The target's program in its normal form. It is made of the graph with its statements in their structural order: the order in which
 * they are written decides which kernel comes first, and at times which ops fuse.
 */
function compileToNormal(graph: Graph, options: CompileOptions): Result<Made<string | Uint8Array>> {
  if (options.target.kind === "webgpu") return graphToWgslText(normalGraph(graph), options);
  return printed(graphToStream(orderGraph(graph), options), printNormalStream);
}

const fromTiles =
  (stage: TileStageName): WriteStage =>
  (graph, options) => {
    const tiles = graphToTiles(graph, options);
    if (!tiles.ok) return tiles;
    const { value, remarks, graph: lowered } = tiles.value;
    const content = tilesAs(stage, { tiles: value, target: options.target, compile: streamOfTiles });
    return content.ok ? ok({ value: content.value, remarks }) : fail(atKernels(content.error, lowered, value));
  };

const stages: { readonly [S in StageName]: WriteStage } = {
  graph: (graph) => ok({ value: printGraph(graph), remarks: [] }),
  fused: (graph, options) => printed(optimizeGraph(graph, options.target, options), printGraph),
  tiles: fromTiles("tiles"),
  asm: fromTiles("asm"),
  normal: compileToNormal,
  bin: fromTiles("bin"),
  wgsl: graphToWgslText,
};

const isStage = (_name: StageName): _name is StageName => true;

/** Compiles up to a stage, the target's program unless given: the content of a file, of which `bin` alone is no text. */
export function compileToContent(
  graph: Graph,
  options: CompileOptions,
  wanted?: StageName,
): Result<Made<string | Uint8Array> & { readonly stage: StageName }> {
  const stage = stageOf(options.target, wanted, isStage);
  if (!stage.ok) return stage;
  const content = stages[stage.value](graph, options);
  return content.ok ? ok({ ...content.value, stage: stage.value }) : content;
}

/** Compiles a tile program as it is up to a stage, the target's program unless given. */
export function tilesToContent(
  tiles: TileProgram,
  target: Target,
  wanted?: StageName,
): Result<{ readonly value: string | Uint8Array; readonly stage: StageName }> {
  const stage = stageOf(target, wanted, isTileStage);
  if (!stage.ok) return stage;
  const content = tilesAs(stage.value, { tiles, target, compile: provenStreamOfTiles });
  return content.ok ? ok({ value: content.value, stage: stage.value }) : content;
}

/** The stage that is wanted of a target, its program unless given; of those that can be had. */
function stageOf<S extends StageName>(
  { name, kind }: Target,
  wanted: StageName | undefined,
  isThere: (stage: StageName) => stage is S,
): Result<S> {
  const { stages: all, program } = targetRow(kind);
  const known = all.filter(isThere);
  const stage = wanted ?? program;
  if (isThere(stage) && known.includes(stage)) return ok(stage);
  return fail([at(problem("E1308", { target: name, stage, expected: known.join(", ") || "none" }), undefined)]);
}

/** A tile program as a text, and what of it the machine's memories do not hold: how it looks says why. */
export function graphToTileText(
  graph: Graph,
  options: CompileOptions,
  print: (program: TileProgram) => string = printTileProgram,
): Result<Made<string> & { readonly misfits: readonly Diagnostic[] }> {
  const stage = stageOf(options.target, "tiles", isTileStage);
  if (!stage.ok) return stage;
  const tiles = graphToTiles(graph, options);
  if (!tiles.ok) return tiles;
  const { value, remarks, graph: optimized } = tiles.value;
  const misfits = atKernels(findMisfits(value, options.target), optimized, value);
  return ok({ value: print(value), remarks, misfits });
}

/** What of a tile program the machine's memories do not hold. */
export function findMisfits(program: TileProgram, { machine }: Target): readonly Diagnostic[] {
  const allocated = allocate(program, machine);
  return allocated.ok ? [] : allocated.error;
}
