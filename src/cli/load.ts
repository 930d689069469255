// What most commands begin with: files -> program, graph, target and schedule, as the options say.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { originalOfCopy } from "../../targets/neuron/machines/index.ts";
import { type LoadedGraph, loadGraph } from "../driver/choose-graph.ts";
import type { CompileOptions } from "../driver/compile.ts";
import { type Job, makeJob, type PickedSchedule } from "../driver/job.ts";
import { type DriverProgram, parseProgram, stageOfFile, stageWords, wrongStage } from "../driver/programs.ts";
import { demandSchedule, findSchedule } from "../driver/schedules.ts";
import { changeTarget, defaultMachineName, type Target, targetByName, targetOfFile } from "../driver/targets.ts";
import { parseModule } from "../text/index.ts";
import { readSource } from "./files.ts";
import { elaborateOptions, type GraphOptions } from "./graph-options.ts";
import { loadTuned } from "./load-tuned.ts";
import type { Pair } from "./option-kinds.ts";
import { noteLine } from "./outcome.ts";

/** `--target` and `--set`. */
export interface TargetOptions {
  /** trn2 by default. */
  readonly target: string | undefined;
  readonly set: readonly Pair<number>[];
}

export interface TilingOptions extends GraphOptions, TargetOptions {
  readonly schedule: string | undefined;
  readonly strategy: CompileOptions["strategy"];
  readonly fuse: CompileOptions["fusion"];
  readonly tuned: string | undefined;
}

/** Reads the text of a program, which may have any ending but that of another stage. */
export function readProgram(cwd: string, file: string): Result<Source> {
  const stage = stageOfFile(file);
  return stage === "graph" ? readSource(cwd, file) : fail([wrongStage(file, stage, stageWords.graph)]);
}

export function loadGraphFile(cwd: string, file: string, options: GraphOptions): Result<LoadedGraph> {
  const source = readProgram(cwd, file);
  return source.ok ? loadGraph(source.value, elaborateOptions(options)) : source;
}

/** A target by name, or of a machine file, with the numbers that are set. */
export function loadTarget(cwd: string, name: string, set: TargetOptions["set"]): Result<Target> {
  const target = name.endsWith(".json") ? loadMachineFile(cwd, name) : targetByName(name);
  return target.ok ? changeTarget(target.value, set) : target;
}

function loadMachineFile(cwd: string, file: string): Result<Target> {
  const source = readSource(cwd, file);
  return source.ok ? targetOfFile(source.value) : source;
}

/**
 * The target that is asked for, else the one that a program names. That is never taken for the name of a file: which files are
 * read is the caller's to say.
 */
export function loadTargetOf(cwd: string, named: string, { target, set }: TargetOptions): Result<Target> {
  if (target !== undefined) return loadTarget(cwd, target, set);
  // A changed copy is made again by the same changes; whether they are the same the program's own check says.
  const base = targetByName(set.length === 0 ? named : (originalOfCopy(named) ?? named));
  return base.ok ? changeTarget(base.value, set) : base;
}

export interface LoadedProgram {
  readonly program: DriverProgram;
  readonly target: Target;
}

/** Reads a program of a later stage; without a target that is asked for, a stream has the one that it names. */
export function loadProgram(
  cwd: string,
  file: string,
  stage: DriverProgram["stage"],
  asked: TargetOptions,
): Result<LoadedProgram> {
  const source = readSource(cwd, file);
  const program = source.ok ? parseProgram(source.value, stage) : source;
  if (!program.ok) return program;
  const named = program.value.stage === "stream" ? program.value.program.machine : defaultMachineName;
  const target = loadTargetOf(cwd, named, asked);
  return target.ok ? ok({ program: program.value, target: target.value }) : target;
}

/** Reads the program, the target and the schedule. */
export function loadJob(cwd: string, file: string, given: TilingOptions): Result<Job> {
  const loaded = loadGraphFile(cwd, file, given);
  const target = loadTarget(cwd, given.target ?? defaultMachineName, given.set);
  if (!loaded.ok) return loaded;
  if (!target.ok) return target;
  const picked = loadSchedule(cwd, loaded.value, given.schedule);
  if (!picked.ok) return picked;
  const tuned = loadTuned(cwd, given.tuned, target.value);
  if (!tuned.ok) return tuned;
  const { strategy, fuse: fusion } = given;
  const choices = { target: target.value, strategy, fusion, chooseFields: tuned.value };
  return makeJob(loaded.value, choices, picked.value);
}

/** `--schedule file.tg`, `file.tg#name`, or `name` for one of the program's own; without it, the program's only one. */
function loadSchedule(cwd: string, { module, graph }: LoadedGraph, given: string | undefined): Result<PickedSchedule> {
  const [file = "", name] = (given ?? "").split("#");
  const isFile = /[./\\]/.test(file);
  if (!isFile) return findSchedule(module, graph.name, given === undefined ? undefined : (name ?? file));
  const source = readSource(cwd, file);
  if (!source.ok) return source;
  const parsed = parseModule(source.value);
  if (parsed.diagnostics.length > 0) return fail(parsed.diagnostics);
  const written = demandSchedule(parsed.module, graph.name, name);
  return written.ok ? ok({ written: written.value, others: [] }) : written;
}

/** Tells which schedules of the file were not used, for stderr. */
export function unusedSchedules({ otherSchedules }: Job): string {
  if (otherSchedules.length === 0) return "";
  return noteLine(`none of the file's schedules is used; choose with --schedule: ${otherSchedules.join(", ")}`);
}
