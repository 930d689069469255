// `tgc shrink`: the smallest program that still has a property.

import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { CompileOptions } from "../../driver/compile.ts";
import { type Keep, readKeep } from "../../find/shrink/keep.ts";
import { linesOf, type ShrinkLimits, type ShrinkReport, shrinkGraph } from "../../find/shrink/shrink.ts";
import { shrinkText, textDiagnostics } from "../../find/shrink/shrink-text.ts";
import { readSource } from "../files.ts";
import { elaborateOptions } from "../graph-options.ts";
import type { CliIo } from "../io.ts";
import { loadJob, readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { readTilingWords } from "../than-options.ts";

type Options = Given<"shrink">["options"];

export async function shrinkCommand(
  { args: { file }, options }: Given<"shrink">,
  { io, nowMs }: CommandContext,
): Promise<CommandResult> {
  const source = readProgram(io.cwd, file);
  if (!source.ok) return source;
  const keep = readKeep(options.keep);
  const { text } = source.value;
  const limits = makeLimits(io, nowMs, options.seconds);
  const isInText = keep.kind === "diagnostic" && textDiagnostics(text, elaborateOptions(options)).length > 0;
  const shrunk = isInText
    ? ok(await shrinkText(text, keep.code, elaborateOptions(options), limits))
    : await shrinkFile(io.cwd, file, { options, keep, limits });
  io.progress?.("\r\u001b[K");
  if (!shrunk.ok) return shrunk;
  const report = shrunk.value;
  if (report === undefined) return fail([withoutProperty(io.cwd, file, options)]);
  const before = { lines: linesOf(text) };
  const after = { lines: linesOf(report.text) };
  const { tried, seen, isComplete } = report;
  const json = { keep: options.keep, seen, tried, isComplete, before, after, text: report.text };
  return textTo(options.output, report.text, json, { log: summary(report, before.lines, after.lines) });
}

function summary({ seen, tried, isComplete }: ShrinkReport, before: number, after: number): string {
  const end = isComplete ? "" : "; ended before its time, smaller ones may exist";
  return `note: ${before} lines to ${after}, still ${seen}; ${tried} programs tried${end}\n`;
}

function makeLimits(io: CliIo, nowMs: () => number, seconds: number): ShrinkLimits {
  const endMs = nowMs() + seconds * 1000;
  const isInterrupted = io.watchInterrupts?.() ?? (() => false);
  const { progress } = io;
  return {
    isOver: () => isInterrupted() || nowMs() >= endMs,
    tell: progress && (({ tried, lines }) => progress(`\r\u001b[K${lines} lines, ${tried} programs tried`)),
  };
}

interface Shrinking {
  readonly options: Options;
  readonly keep: Keep;
  readonly limits: ShrinkLimits;
}

async function shrinkFile(
  cwd: string,
  file: string,
  { options, keep, limits }: Shrinking,
): Promise<Result<ShrinkReport | undefined>> {
  const job = loadJob(cwd, file, options);
  const than = job.ok ? loadThan(cwd, file, options) : job;
  if (!job.ok) return job;
  if (!than.ok) return than;
  const { graph, options: compile } = job.value;
  const compilation = { options: compile, than: than.value, seed: options.seed };
  return ok(await shrinkGraph({ graph, schedule: compile.schedule }, keep, compilation, limits));
}

/** What a program is compared with: it has no schedule but one that is asked for. */
function loadThan(cwd: string, file: string, options: Options): Result<CompileOptions> {
  const words = readTilingWords("--than", options.than);
  if (!words.ok) return words;
  const { target, schedule, strategy, fuse, set } = words.value;
  const other = { ...options, target: target ?? options.target, set: target ? set : options.set, schedule };
  const job = loadJob(cwd, file, { ...other, strategy, fuse });
  return job.ok ? ok(schedule === undefined ? { ...job.value.options, schedule } : job.value.options) : job;
}

/** Says what a program is in place of what it should be. */
function withoutProperty(cwd: string, file: string, options: Options) {
  const source = readSource(cwd, file);
  const codes = source.ok ? textDiagnostics(source.value.text, elaborateOptions(options)).map(({ code }) => code) : [];
  const found = codes.length > 0 ? `it has ${[...new Set(codes)].join(", ")}` : "it does not show with these options";
  return at(problem("E1330", { file, property: options.keep, found }), undefined);
}
