// `--trace`: the run of a program as a file for viewers (.json) or as a table (.csv).

import { type Diagnostic, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import { type TimedStream, timeGraph } from "../driver/profile.ts";
import { profileProgram, stageOfFile } from "../driver/programs.ts";
import type { Target } from "../driver/targets.ts";
import { maxFileEvents } from "../trace/timeline.ts";
import { writeTrace } from "../trace/write-trace.ts";
import { jobNotes } from "./job-notes.ts";
import { loadJob, loadProgram, type TilingOptions } from "./load.ts";
import type { OutFile } from "./outcome.ts";

/** A program of any stage with its simulated time. */
export interface TimedFile extends TimedStream {
  readonly log: string;
  readonly warnings: readonly Diagnostic[];
  readonly target: Target;
}

interface TimeOptions extends TilingOptions {
  readonly remarks: boolean;
}

/** Simulates the time of a program, with a trace of at most so many events. */
export function timeFile(cwd: string, file: string, options: TimeOptions, maxEvents: number): Result<TimedFile> {
  const stage = stageOfFile(file);
  if (stage !== "graph") {
    const loaded = loadProgram(cwd, file, stage, options);
    if (!loaded.ok) return loaded;
    const { program, target } = loaded.value;
    const timed = profileProgram(program, target, maxEvents);
    return timed.ok ? ok({ ...timed.value, log: "", warnings: [], target }) : timed;
  }
  const job = loadJob(cwd, file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate, warnings } = job.value;
  const timed = timeGraph(graph, { ...choices, maxTraceEvents: maxEvents });
  if (!timed.ok) return fail(locate(timed.error));
  return ok({ ...timed.value, log: jobNotes(job.value, options), warnings, target: choices.target });
}

/** The file of a trace, in the form that its name asks for. */
export function traceFiles(path: string | undefined, timed: TimedStream): Result<readonly OutFile[]> {
  if (path === undefined) return ok([]);
  const written = writeTrace(timed, path.endsWith(".csv") ? "csv" : "json", maxFileEvents);
  return written.ok ? ok([{ path, content: { pieces: () => encoded(written.value()) } }]) : written;
}

/** Assumed: large enough that calls of the system cost nothing (letters). */
const pieceLength = 1 << 16;

/** Parts of a text as bytes, many parts at once. */
function* encoded(parts: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = "";
  for (const part of parts) {
    text += part;
    if (text.length < pieceLength) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}
