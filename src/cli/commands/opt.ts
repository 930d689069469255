// `tgc opt`: runs passes on a graph or a tile program and prints what they make of it, with what happened on the way.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Level, PassEnv, Pipeline } from "../../../passes/pass.ts";
import { parsePipelineFrom } from "../../../passes/pipeline-text.ts";
import { type AnyIr, type PassEvent, runPasses } from "../../../passes/run.ts";
import { passEnv, targetPipeline, tilePipeline, withFusion } from "../../driver/compile.ts";
import { stageOfFile, stageWords, wrongStage } from "../../driver/programs.ts";
import { type Target, targetRow } from "../../driver/targets.ts";
import { printDot } from "../../report/print-dot.ts";
import { passEventJson, printIr, printPassEvents } from "../../report/print-passes.ts";
import { loadGraphFile, loadJob, loadProgram, loadTarget } from "../load.ts";
import { type CommandContext, type CommandResult, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { printRemarks, remarksJson } from "./remarks.ts";

type OptOptions = Given<"opt">["options"];

/** What the passes run on, and what they may know. */
interface OptInput {
  readonly start: AnyIr;
  readonly pipeline: Pipeline<Level, Level>;
  readonly env: PassEnv;
  readonly warnings: readonly Diagnostic[];
}

export function optCommand({ args, options }: Given<"opt">, { io, nowMs }: CommandContext): CommandResult {
  const loaded = loadInput(io.cwd, args.file, options);
  if (!loaded.ok) return loaded;
  const { start, pipeline, env, warnings } = loaded.value;
  const events: PassEvent[] = [];
  const observe = (event: PassEvent): void => {
    events.push(event);
  };
  const ran = runPasses(pipeline, start.ir, { env, observe, nowMs });
  if (!ran.ok) return ran;
  const { remarks } = ran.value;
  const made = events.at(-1)?.after ?? start;
  if (options.dot && made.level === "tile") return fail([at(problem("E1703", { file: args.file }), undefined)]);
  const text = options.dot && made.level === "graph" ? printDot([made.ir]) : printIr(made);
  const log = [printPassEvents(events, options), options.remarks ? printRemarks(remarks) : ""].join("");
  const passes = events.map((event) => passEventJson(event, options.timePasses));
  const program = made.level === "graph" ? { graph: text } : { tiles: text };
  return textTo(options.output, text, { ...program, passes, remarks: remarksJson(remarks) }, { log, warnings });
}

function loadInput(cwd: string, file: string, options: OptOptions): Result<OptInput> {
  const stage = stageOfFile(file);
  if (stage === "stream") return fail([wrongStage(file, stage, `${stageWords.graph} or ${stageWords.tiles}`)]);
  const target = loadTarget(cwd, options.target, options.set);
  if (!target.ok) return target;
  const pipeline = pipelineOf(options, stage === "graph" ? "graph" : "tile", target.value);
  if (!pipeline.ok) return pipeline;
  const env = passEnv(target.value);
  if (stage === "tiles") {
    const read = loadProgram(cwd, file, stage, options);
    if (!read.ok) return read;
    const { program } = read.value;
    if (program.stage !== "tiles") return fail([wrongStage(file, program.stage, stageWords.tiles)]);
    return ok({ start: { level: "tile", ir: program.program }, pipeline: pipeline.value, env, warnings: [] });
  }
  return loadGraphInput(cwd, file, options, { pipeline: pipeline.value, env });
}

/** A graph; where it is lowered, with its schedule. */
function loadGraphInput(
  cwd: string,
  file: string,
  options: OptOptions,
  { pipeline, env }: Pick<OptInput, "pipeline" | "env">,
): Result<OptInput> {
  if (pipeline.to === "graph") {
    const loaded = loadGraphFile(cwd, file, options);
    if (!loaded.ok) return loaded;
    const { graph, warnings } = loaded.value;
    return ok({ start: { level: "graph", ir: graph }, pipeline, env, warnings });
  }
  const job = loadJob(cwd, file, { ...options, strategy: "heuristic", tuned: undefined });
  if (!job.ok) return job;
  const { graph, options: choices, warnings } = job.value;
  return ok({ start: { level: "graph", ir: graph }, pipeline, env: { ...env, schedule: choices.schedule }, warnings });
}

/** The passes that are asked for, or those that the target's programs go through. */
function pipelineOf({ passes, fuse }: OptOptions, from: Level, { kind }: Target): Result<Pipeline<Level, Level>> {
  const row = targetRow(kind);
  const usual = from === "graph" ? targetPipeline(kind) : tilePipeline(row.tilePasses);
  const named: Result<Pipeline<Level, Level>> = passes === undefined ? ok(usual) : parsePipelineFrom(passes, from);
  return named.ok ? ok(withFusion(named.value, fuse)) : named;
}
