// `tgc compare`: schedules of a graph on several machines, side by side.

import { compareCsv } from "../../compare/csv.ts";
import { makeJobs } from "../../compare/jobs.ts";
import { explainRuns, type Reason } from "../../compare/reasons.ts";
import { type CompareRun, type RunName, runJson } from "../../compare/run.ts";
import { sortRuns } from "../../compare/sort.ts";
import { compareData } from "../../page/compare-data.ts";
import { pageHtml } from "../../page/page-html.ts";
import { printCompare } from "../../report/print-compare.ts";
import { runJobs } from "../compare-pool.ts";
import { labelledRemarks } from "../job-notes.ts";
import { loadComparison } from "../load-comparison.ts";
import { type CommandContext, type CommandResult, type OutFile, textTo } from "../outcome.ts";
import { loadPageAssets } from "../page-assets.ts";
import type { Given } from "../specs.ts";

export async function compareCommand(
  { args, options }: Given<"compare">,
  { io }: CommandContext,
): Promise<CommandResult> {
  const comparison = loadComparison(io.cwd, args.file, options);
  if (!comparison.ok) return comparison;
  const { graphName, warnings } = comparison.value;
  const jobs = makeJobs(comparison.value);
  const ran = await runJobs(jobs, (done, { schedule, target }) =>
    io.progress?.(`${done} of ${jobs.length}: ${schedule} on ${target}\n`),
  );
  const runs = sortRuns(ran, options.sort);
  const reasons = explainRuns(runs);
  const text = options.csv ? compareCsv(runs) : printCompare(graphName, runs, reasons);
  const files = options.html === undefined ? [] : [comparePage(options.html, graphName, runs, reasons)];
  const log = options.remarks ? labelledRemarks(jobs.map((job) => ({ ...job, label: labelOf(job) }))) : "";
  return textTo(options.output, text, { graph: graphName, runs: runs.map(runJson), reasons }, { files, warnings, log });
}

const labelOf = ({ schedule, target, dims }: RunName): string =>
  [`${schedule} on ${target}`, ...Object.entries(dims).map(([name, size]) => `${name}=${size}`)].join(" ");

function comparePage(path: string, graph: string, runs: readonly CompareRun[], reasons: readonly Reason[]): OutFile {
  return { path, content: pageHtml(compareData(graph, runs, reasons), loadPageAssets()) };
}
