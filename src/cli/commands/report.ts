// `tgc report`: a page about a program and its simulated run, in one file.

import { formatNs } from "../../../ir-spec/base/format-numbers.ts";
import { fail } from "../../../ir-spec/base/result.ts";
import { showName } from "../../../ir-spec/base/shown-text.ts";
import { pageHtml } from "../../page/page-html.ts";
import { reportData } from "../../page/report-data.ts";
import { jobNotes } from "../job-notes.ts";
import { loadJob, readProgram } from "../load.ts";
import { type CommandContext, type CommandResult, done } from "../outcome.ts";
import { loadPageAssets } from "../page-assets.ts";
import type { Given } from "../specs.ts";

export function reportCommand({ args, options }: Given<"report">, { io }: CommandContext): CommandResult {
  const source = readProgram(io.cwd, args.file);
  if (!source.ok) return source;
  const job = loadJob(io.cwd, args.file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate, warnings } = job.value;
  const data = reportData(source.value, graph, choices);
  if (!data.ok) return fail(locate(data.error));
  const { title, target, timeNs, headline } = data.value;
  const content = pageHtml(data.value, loadPageAssets());
  const path = options.output;
  const text = showName(`${path}: ${title}, ${formatNs(timeNs)} on ${target}`);
  const json = { graph: title, target, timeNs, headline, path };
  return done(`${text}\n`, json, { log: jobNotes(job.value, options), warnings, files: [{ path, content }] });
}
