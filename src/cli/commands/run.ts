// `tgc run`: a program on one executor, with tensors from files or random ones, and a summary of its outputs.

import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { finishedRun } from "../../driver/executors.ts";
import { printSummary, summarizeTensor } from "../../report/summarize-tensor.ts";
import { maxFileEvents } from "../../trace/timeline.ts";
import { withGpuHost } from "../gpu.ts";
import { type CommandContext, type CommandResult, done, noteLine, type OutFile } from "../outcome.ts";
import { loadRunnable } from "../runnable.ts";
import type { Given } from "../specs.ts";
import { loadTensors } from "../tensors/load.ts";
import { outputFiles } from "../tensors/write.ts";
import { timeFile, traceFiles } from "../trace-file.ts";

export async function runGraphCommand({ args, options }: Given<"run">, { io }: CommandContext): Promise<CommandResult> {
  const traced = traceRun(io.cwd, args.file, options);
  if (!traced.ok) return traced;
  const runnable = loadRunnable(io.cwd, args.file, options);
  if (!runnable.ok) return runnable;
  const { name: graph, parameters, run, locate, log, warnings } = runnable.value;
  const tensors = loadTensors(io.cwd, parameters, options);
  if (!tensors.ok) return tensors;
  const { inputs, random, log: lacking } = tensors.value;
  const execution = await withGpuHost((gpu) => run(inputs, gpu));
  const finished = finishedRun(options.on, execution);
  if (!finished.ok) return fail(locate(finished.error));
  const { outputs, adapter, report } = finished.value;
  const written = options.out === undefined ? ok([]) : outputFiles(io.cwd, options.out, outputs);
  if (!written.ok) return written;
  const files = written.value;
  const text = [...outputs].map(([name, tensor]) => printSummary(name, tensor)).join("");
  const filled = random.length === 0 ? "" : noteLine(`random values (seed ${options.seed}) for ${random.join(", ")}`);
  const json = {
    graph,
    executor: options.on,
    ...(adapter === undefined ? {} : { adapter }),
    ...(report === undefined ? {} : { target: report.machine, timeNs: report.timeNs, cycles: report.cycles }),
    seed: options.seed,
    random,
    outputs: [...outputs].map(([name, tensor]) => summarizeTensor(name, tensor)),
    files: files.map(({ path }) => path),
  };
  return done(text, json, { log: log + lacking + filled, warnings, files: [...files, ...traced.value] });
}

/** Times do not depend on values, so the trace is that of a run for time alone. */
function traceRun(cwd: string, file: string, options: Given<"run">["options"]): Result<readonly OutFile[]> {
  if (options.trace === undefined) return ok([]);
  if (options.on !== "neuron") {
    return fail([at(problem("E1319", { why: `${options.on} has no times of instructions` }), undefined)]);
  }
  const timed = timeFile(cwd, file, options, maxFileEvents);
  return timed.ok ? traceFiles(options.trace, timed.value) : timed;
}
