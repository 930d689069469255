// `tgc compare --csv`: the runs with all metrics as comma-separated values.

import { profileMetrics } from "../metrics/metrics.ts";
import { printCsv } from "../report/csv.ts";
import type { CompareRun } from "./run.ts";
import { dimsText } from "./sort.ts";

/** Each run with all metrics. */
export function compareCsv(runs: readonly CompareRun[]): string {
  const headings = ["schedule", "target", "dims", "fits", "reason", "bound", ...profileMetrics.map(({ name }) => name)];
  const rows = runs.map((run) => {
    const name = [run.schedule, run.target, dimsText(run), String(run.fits)];
    if (!run.fits) return [...name, run.reason];
    return [...name, "", run.profile.bound.kind, ...profileMetrics.map(({ value }) => value(run.profile))];
  });
  return printCsv(headings, rows);
}
