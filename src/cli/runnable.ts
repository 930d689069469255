// Files to programs that are ready to run, for `tgc run`.

import { type Diagnostic, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { ExecutorName } from "../driver/executors.ts";
import { type FileStage, stageOfFile } from "../driver/programs.ts";
import { graphRunnable, programRunnable, type Runnable } from "../driver/runnable.ts";
import { jobNotes } from "./job-notes.ts";
import { loadJob, loadProgram, type TilingOptions } from "./load.ts";

export interface LoadedRunnable extends Runnable {
  /** For stderr. */
  readonly log: string;
  readonly warnings: readonly Diagnostic[];
  /** Gives diagnostics their places. */
  readonly locate: (diagnostics: readonly Diagnostic[]) => readonly Diagnostic[];
}

export interface RunnableOptions extends TilingOptions {
  readonly on: ExecutorName;
  readonly remarks: boolean;
}

export function loadRunnable(cwd: string, file: string, options: RunnableOptions): Result<LoadedRunnable> {
  const stage = stageOfFile(file);
  return stage === "graph" ? loadGraphRunnable(cwd, file, options) : loadProgramRunnable(cwd, file, stage, options);
}

function loadGraphRunnable(cwd: string, file: string, options: RunnableOptions): Result<LoadedRunnable> {
  const job = loadJob(cwd, file, options);
  if (!job.ok) return job;
  const { graph, options: compile, locate, warnings } = job.value;
  const runnable = graphRunnable(graph, compile, options.on);
  if (!runnable.ok) return fail(locate(runnable.error));
  return ok({ ...runnable.value, log: jobNotes(job.value, options), warnings, locate });
}

function loadProgramRunnable(
  cwd: string,
  file: string,
  stage: Exclude<FileStage, "graph">,
  options: RunnableOptions,
): Result<LoadedRunnable> {
  const loaded = loadProgram(cwd, file, stage, options);
  if (!loaded.ok) return loaded;
  const { program, target } = loaded.value;
  const runnable = programRunnable(program, { on: options.on, target, name: file });
  return runnable.ok
    ? ok({ ...runnable.value, log: "", warnings: [], locate: (diagnostics) => diagnostics })
    : runnable;
}
