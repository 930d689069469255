// What is said of a job on stderr, whatever the command makes of it.

import { showName } from "../../ir-spec/base/shown-text.ts";
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

export interface LabelledJob extends Pick<Job, "graph" | "options"> {
  readonly label: string;
}

/** Remarks of several compilations, each under a line that says of which; those that are the same are printed once. */
export function labelledRemarks(jobs: readonly LabelledJob[]): string {
  const labelsOf = new Map<string, string[]>();
  for (const job of jobs) {
    const text = printRemarks(remarksOf(job));
    labelsOf.set(text, [...(labelsOf.get(text) ?? []), job.label]);
  }
  return [...labelsOf].map(([text, labels]) => `${showName(labels.join(", "))}:\n${text}`).join("");
}

/** Of a compilation of its own, for commands that compile deep within what they do. None where it fails, which they report. */
function remarksOf({ graph, options }: Pick<Job, "graph" | "options">): readonly Remark[] {
  const hasTiles = targetRow(options.target.kind).stages.includes("tiles");
  const made = hasTiles ? graphToTiles(graph, options) : optimizeGraph(graph, options.target, options);
  return made.ok ? made.value.remarks : [];
}
