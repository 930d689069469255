// `tgc lower`: the tile program of a graph.

import { fail } from "../../../ir-spec/base/result.ts";
import { compileToText } from "../../driver/compile.ts";
import { loadJob, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { printRemarks, remarksJson } from "./remarks.ts";

export function lowerCommand({ args, options }: Given<"lower">, { io }: CommandContext): CommandResult {
  const job = loadJob(io.cwd, args.file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate } = job.value;
  const made = compileToText(graph, choices, "tiles");
  if (!made.ok) return fail(locate(made.error));
  const { value: text, remarks } = made.value;
  const log = unusedSchedules(job.value) + (options.remarks ? printRemarks(remarks) : "");
  const json = { graph: graph.name, target: choices.target.name, text, remarks: remarksJson(remarks) };
  return textTo(options.output, text, json, { log });
}
