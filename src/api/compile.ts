// Graphs and tile programs to later stages, as `tgc opt`, `tgc lower` and `tgc compile` take them there.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { FusionMode } from "../../ir-spec/fusion-mode.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import type { Remark } from "../../passes/pass.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import type { WgslPlan } from "../../targets/webgpu/plan.ts";
import {
  compileToContent,
  type CompileOptions as DriverOptions,
  findMisfits,
  graphToPlan,
  graphToStream,
  graphToTiles,
  type Made,
  optimizeGraph,
  provenStreamOfTiles,
  tilesToContent,
} from "../driver/compile.ts";
import { atKernels } from "../driver/origins.ts";
import { locateInSchedule, locateRemarks } from "../driver/schedules.ts";
import { type StageName, type Target, targetRow } from "../driver/targets.ts";
import type { Strategy } from "../driver/tiling-strategy.ts";
import type { ParsedSchedule } from "./parse.ts";
import { isTiles } from "./stage.ts";
import { type DefaultTarget, resolveTarget, type TargetChoice } from "./target.ts";

/** How a graph is cut into kernels and tiles. The options of the command, by their names. */
export interface TilingOptions {
  /** How tiles are chosen where no schedule says it; `heuristic` unless given. `search` simulates many, and takes minutes. */
  readonly strategy?: Strategy | undefined;
  /** Fields that it leaves out are chosen by the strategy. */
  readonly schedule?: Schedule | ParsedSchedule | undefined;
  /** Which ops run as one kernel: those where it pays (`auto`), all that can (`forced`), or none (`off`). */
  readonly fuse?: FusionMode | undefined;
}

export interface CompileOptions<T extends TargetChoice = TargetChoice> extends TilingOptions {
  /** `trn2` unless given. */
  readonly target?: T | undefined;
}

/** What a compilation gives: a program of a later stage, and what the passes did, and did not do and why. */
export interface Compiled<P> {
  readonly program: P;
  readonly remarks: readonly Remark[];
}

/** The program of a target: that of the type `string` may be either. */
export type ProgramOf<T extends TargetChoice> = T extends "webgpu"
  ? WgslPlan
  : T extends string
    ? string extends T
      ? Stream | WgslPlan
      : Stream
    : Stream;

/** The options as the driver takes them. */
export function driverOptions(options: CompileOptions, otherwise?: string): Result<DriverOptions> {
  const target = resolveTarget(options.target, otherwise);
  const { strategy = "heuristic", schedule, fuse } = options;
  return target.ok ? ok({ target: target.value, strategy, schedule, fusion: fuse }) : target;
}

/** Gives what is said about a schedule that was read from a text its place. */
export function locate(diagnostics: readonly Diagnostic[], { schedule }: TilingOptions): readonly Diagnostic[] {
  return locateInSchedule(diagnostics, declOf(schedule));
}

function declOf(schedule: TilingOptions["schedule"]): ParsedSchedule["decl"] | undefined {
  return schedule !== undefined && "decl" in schedule ? schedule.decl : undefined;
}

function compiled<T>(made: Result<Made<T>>, options: TilingOptions): Result<Compiled<T>> {
  if (!made.ok) return fail(locate(made.error, options));
  const { value: program, remarks } = made.value;
  return ok({ program, remarks: locateRemarks(remarks, declOf(options.schedule)) });
}

/**
 * Runs the passes of the target on a graph, fusion included, as `tgc opt` does: stage 2 -> 3.
 *
 * @example
 * import { optimize, parse, print, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x * 1 + 0) }"));
 * const { program, remarks } = unwrap(optimize(graph));
 * console.log(print(program), remarks.length);
 */
export function optimize(graph: Graph, options: CompileOptions = {}): Result<Compiled<Graph>> {
  const driver = driverOptions(options);
  return driver.ok ? compiled(optimizeGraph(graph, driver.value.target, driver.value), options) : driver;
}

/** A tile program, and what of it the machine's memories do not hold (E0801, E0803). */
export interface LoweredTiles extends Compiled<TileProgram> {
  readonly misfits: readonly Diagnostic[];
}

/**
 * Makes the tile program of a graph, as `tgc lower` does: stage 2 -> 4. A program that does not fit in the machine's memories is given
 * nevertheless, with `misfits`.
 *
 * @example
 * import { lower, parse, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = softmax(x) }"));
 * const { program, misfits } = unwrap(lower(graph, { target: "tiny", strategy: "naive" }));
 * console.log(program.kernels.length, misfits.length); // 1 0
 */
export function lower(graph: Graph, options: CompileOptions = {}): Result<LoweredTiles> {
  const driver = driverOptions(options);
  if (!driver.ok) return driver;
  const { target } = driver.value;
  if (!targetRow(target.kind).stages.includes("tiles")) return fail([noStage(target, "tiles")]);
  const made = graphToTiles(graph, driver.value);
  const tiles = compiled(made, options);
  if (!made.ok || !tiles.ok) return fail(tiles.ok ? [] : tiles.error);
  const { value, graph: lowered } = made.value;
  return ok({ ...tiles.value, misfits: atKernels(findMisfits(value, target), lowered, value) });
}

function noStage({ name, kind }: Target, stage: StageName): Diagnostic {
  return at(problem("E1308", { target: name, stage, expected: targetRow(kind).stages.join(", ") }), undefined);
}

/**
 * Compiles a graph, or a tile program as it is, to the program of a target, as `tgc compile` does: an instruction stream, or for
 * `webgpu` a launch plan of WGSL modules. The stream of a tile program is proven right.
 *
 * @example
 * import { compile, parse, print, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * const { program: stream, remarks } = unwrap(compile(graph, { target: "tiny" }));
 * console.log(stream.queues.length, remarks.length);
 * const { program: plan } = unwrap(compile(graph, { target: "webgpu" }));
 * console.log(plan.modules.length, print(plan).length);
 */
export function compile<const T extends TargetChoice = DefaultTarget>(
  program: Graph | TileProgram,
  options: CompileOptions<T> = {},
): Result<Compiled<ProgramOf<T>>> {
  const driver = driverOptions(options);
  if (!driver.ok) return driver;
  const isPlan = driver.value.target.kind === "webgpu";
  const made: Result<Made<Stream | WgslPlan>> = isPlan
    ? toPlan(program, driver.value)
    : toStream(program, driver.value);
  // Which of the two it is follows from the target's name.
  return compiled(made, options) as Result<Compiled<ProgramOf<T>>>;
}

function toStream(program: Graph | TileProgram, options: DriverOptions): Result<Made<Stream>> {
  if (!isTiles(program)) return graphToStream(program, options);
  const stream = provenStreamOfTiles(program, options.target);
  return stream.ok ? ok({ value: stream.value, remarks: [] }) : stream;
}

function toPlan(program: Graph | TileProgram, options: DriverOptions): Result<Made<WgslPlan>> {
  if (isTiles(program)) return fail([noStage(options.target, "tiles")]);
  return graphToPlan(program, options);
}

/** What the file of a stage holds: bytes for `bin`, a text for the others. */
export interface Emitted {
  readonly stage: StageName;
  readonly content: string | Uint8Array;
  readonly remarks: readonly Remark[];
}

/**
 * Compiles up to a stage and gives the content of its file, as `tgc compile --emit` does; without a stage, that of the target's program.
 *
 * @example
 * import { emit, parse, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * console.log(unwrap(emit(graph, "normal", { target: "tiny" })).content);
 */
export function emit(program: Graph | TileProgram, stage?: StageName, options: CompileOptions = {}): Result<Emitted> {
  const driver = driverOptions(options);
  if (!driver.ok) return driver;
  if (isTiles(program)) {
    const made = tilesToContent(program, driver.value.target, stage);
    return made.ok ? ok({ stage: made.value.stage, content: made.value.value, remarks: [] }) : made;
  }
  const made = compileToContent(program, driver.value, stage);
  const content = compiled(made, options);
  if (!made.ok || !content.ok) return fail(content.ok ? [] : content.error);
  return ok({ stage: made.value.stage, content: content.value.program, remarks: content.value.remarks });
}
