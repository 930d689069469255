// The simulated run of a program as a text for viewers and tables.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import { timeGraph } from "../driver/profile.ts";
import { profileProgram } from "../driver/programs.ts";
import { defaultMachineName } from "../driver/targets.ts";
import { maxTraceEvents } from "../trace/timeline.ts";
import { writeTrace } from "../trace/write-trace.ts";
import { type CompileOptions, driverOptions, locate } from "./compile.ts";
import { isGraph, isStream, type Program, toDriverProgram } from "./stage.ts";

export interface TraceOptions extends CompileOptions {
  /** `json`, the format of Chrome's and Perfetto's viewers, unless given. */
  readonly format?: "json" | "csv" | undefined;
}

/**
 * Gives every instruction and every wait of a simulated run with its times, as `tgc profile --trace` writes them. Fails for a run of more
 * than a million events (E1319).
 *
 * @example
 * import { parse, trace, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * const { traceEvents } = JSON.parse(unwrap(trace(graph, { target: "tiny" })));
 * console.log(traceEvents.length > 0); // true
 */
export function trace(program: Program, options: TraceOptions = {}): Result<string> {
  const driver = driverOptions(options, isStream(program) ? program.machine : defaultMachineName);
  if (!driver.ok) return driver;
  const timed = isGraph(program)
    ? timeGraph(program, { ...driver.value, maxTraceEvents })
    : profileProgram(toDriverProgram(program), driver.value.target, maxTraceEvents);
  if (!timed.ok) return fail(locate(timed.error, options));
  const written = writeTrace(timed.value, options.format ?? "json", maxTraceEvents);
  return written.ok ? ok([...written.value()].join("")) : written;
}
