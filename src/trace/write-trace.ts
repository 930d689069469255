// The text of a recorded run in the form that is asked for, part by part.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { TimedStream } from "../driver/profile.ts";
import { chromeTrace } from "./chrome.ts";
import { csvTrace } from "./csv.ts";
import { makeTimeline } from "./timeline.ts";

const writers = { json: chromeTrace, csv: csvTrace } as const;

export type TraceFormat = keyof typeof writers;

/** Fails where nothing was recorded; `limit` is how many events would have been. */
export function writeTrace(timed: TimedStream, format: TraceFormat, limit: number): Result<() => Iterable<string>> {
  if (timed.trace.length > 0) {
    const timeline = makeTimeline(timed);
    return ok(() => writers[format](timeline));
  }
  return fail([at(problem("E1319", { why: `the run has no events, or more than ${limit}` }), undefined)]);
}
