// `tgc compile`: a graph to the program of a target, or to a stage on the way there.

import { fail } from "../../../ir-spec/base/result.ts";
import { compileToContent } from "../../driver/compile.ts";
import { loadJob, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, contentTo } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { printRemarks, remarksJson } from "./remarks.ts";

export function compileCommand({ args, options }: Given<"compile">, { io }: CommandContext): CommandResult {
  const job = loadJob(io.cwd, args.file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate, locateRemarks } = job.value;
  const made = compileToContent(graph, choices, options.emit);
  if (!made.ok) return fail(locate(made.error));
  const { value: content, remarks, stage } = made.value;
  const log = unusedSchedules(job.value) + (options.remarks ? printRemarks(locateRemarks(remarks)) : "");
  const json = { graph: graph.name, target: choices.target.name, stage, remarks: remarksJson(locateRemarks(remarks)) };
  return contentTo(options.output, content, json, { log });
}
