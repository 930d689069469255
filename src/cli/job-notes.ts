// What is said of a job on stderr, whatever the command makes of it.

import type { Remark } from "../../passes/pass.ts";
import { graphToTiles, optimizeGraph } from "../driver/compile.ts";
import type { Job } from "../driver/job.ts";
import { targetRow } from "../driver/targets.ts";
import { printRemarks } from "./commands/remarks.ts";
import { unusedSchedules } from "./load.ts";

/** Schedules that nobody chose, and with `--remarks` what the passes did, and did not do and why. */
export function jobNotes(job: Job, { remarks }: { readonly remarks: boolean }): string {
  return unusedSchedules(job) + (remarks ? printRemarks(job.locateRemarks(remarksOf(job))) : "");
}

/** Of a compilation of its own, for commands that compile deep within what they do. None where it fails, which they report. */
function remarksOf({ graph, options }: Job): readonly Remark[] {
  const hasTiles = targetRow(options.target.kind).stages.includes("tiles");
  const made = hasTiles ? graphToTiles(graph, options) : optimizeGraph(graph, options.target, options);
  return made.ok ? made.value.remarks : [];
}
