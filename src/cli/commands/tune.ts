// `tgc tune`: the search for the schedules of a graph's kernels.

import { formatNs } from "../../../ir-spec/base/format-numbers.ts";
import { fail, type Result } from "../../../ir-spec/base/result.ts";
import type { Job } from "../../driver/job.ts";
import { printTune } from "../../report/print-tune.ts";
import { addTuned, findTuned, printTuned, type TunedEntry } from "../../tune/database.ts";
import { type Tuned, tuneGraph } from "../../tune/tune-graph.ts";
import { triedLines, tunedSchedule, tuneJson } from "../../tune/tune-json.ts";
import { jobNotes } from "../job-notes.ts";
import { loadJob } from "../load.ts";
import { readTuned } from "../load-tuned.ts";
import { type CommandContext, type CommandResult, done, type OutFile } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { withTunePool } from "../tune-pool.ts";
import { tgcVersion } from "../version.ts";

type TuneGiven = Given<"tune">["options"];

export async function tuneCommand({ args, options }: Given<"tune">, context: CommandContext): Promise<CommandResult> {
  const { cwd } = context.io;
  const job = loadJob(cwd, args.file, { ...options, strategy: "heuristic", tuned: undefined });
  const database = readTuned(cwd, options.tuned, "made");
  if (!job.ok) return job;
  if (!database.ok) return database;
  const tuned = await search(job.value, database.value, options, context);
  if (!tuned.ok) return fail(job.value.locate(tuned.error));
  return outcomeOf(tuned.value, job.value, database.value, options);
}

async function search(
  { graph, options: compile }: Job,
  entries: readonly TunedEntry[],
  { budget, jobs, seconds = Number.POSITIVE_INFINITY }: TuneGiven,
  { io, nowMs }: CommandContext,
): Promise<Result<Tuned>> {
  const endMs = nowMs() + seconds * 1000;
  const isInterrupted = io.watchInterrupts?.() ?? (() => false);
  const isOver = (): boolean => isInterrupted() || nowMs() >= endMs;
  const counts = { estimated: 0, simulated: 0 };
  const tell = (estimated: number, simulated: number): void => {
    counts.estimated += estimated;
    counts.simulated += simulated;
    io.progress?.(
      `\r\u001b[K${bar(counts.estimated / budget)} ${counts.estimated} of ${budget} schedules, ${counts.simulated} simulated`,
    );
  };
  const known = findTuned(entries, { machine: compile.target.machine, version: tgcVersion() });
  const pool = { graph, options: compile, jobs, isOver, tell };
  const tuned = await withTunePool(pool, (ask) => tuneGraph(graph, { compile, budget, seed: 0, known }, ask));
  io.progress?.("\r\u001b[K");
  return tuned;
}

const barWidth = 24;

/** `[####----]` */
function bar(share: number): string {
  const full = Math.min(barWidth, Math.floor(share * barWidth));
  return `[${"#".repeat(full)}${"-".repeat(barWidth - full)}]`;
}

function outcomeOf(tuned: Tuned, job: Job, entries: readonly TunedEntry[], options: TuneGiven): CommandResult {
  const { machine } = job.options.target;
  const { heuristic, best } = tuned;
  const schedule = `// ${formatNs(best.profile.timeNs)} on ${best.profile.target}; the heuristic's ${formatNs(heuristic.profile.timeNs)}\n${tunedSchedule(tuned)}`;
  const files: OutFile[] = [];
  if (options.output !== undefined) files.push({ path: options.output, content: schedule });
  if (options.log !== undefined) files.push({ path: options.log, content: triedLines(tuned) });
  if (options.tuned !== undefined) {
    const all = addTuned(entries, tuned, { machine, version: tgcVersion() });
    files.push({ path: options.tuned, content: printTuned(all), isInPlace: true });
  }
  const json = { ...tuneJson(tuned), ...(options.output !== undefined && { path: options.output }) };
  const report = printTune(tuned);
  // Without a file for it, stdout is the schedule, and what is said of it goes to stderr.
  const [text, log] = options.output === undefined ? [schedule, report] : [report, ""];
  return done(text, json, { files, log: `${jobNotes(job, options)}${log}` });
}
