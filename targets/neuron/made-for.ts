// Whether a stream is made for a machine: its addresses, tile sizes and limits are that machine's.

import { at, type Diagnostic, problem } from "../../ir-spec/base/result.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { Stream } from "./stream.ts";

/** Complains if the stream names another machine (E1006). */
export function checkMadeFor(stream: Stream, machine: Machine): readonly Diagnostic[] {
  if (stream.machine === machine.name) return [];
  return [at(problem("E1006", { found: stream.machine, expected: machine.name }), undefined)];
}
