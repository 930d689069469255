// `tgc why-not`: why two kernels are not fused.

import { at, fail, problem } from "../../../ir-spec/base/result.ts";
import { printWhyNotFuse } from "../../report/print-why-not.ts";
import { whyNotFuse } from "../../why/why-not-fuse.ts";
import { jobNotes } from "../job-notes.ts";
import { loadJob } from "../load.ts";
import { type CommandContext, type CommandResult, done } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { remarksJson } from "./remarks.ts";

export function whyNotCommand({ args, options }: Given<"why-not">, { io }: CommandContext): CommandResult {
  const { file, question, first, second } = args;
  if (question !== "fuse") return fail([at(problem("E1733", { question }), undefined)]);
  const job = loadJob(io.cwd, file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate } = job.value;
  const found = whyNotFuse(graph, choices, [first, second]);
  if (!found.ok) return fail(locate(found.error));
  const json = { ...found.value, remarks: remarksJson(found.value.remarks) };
  return done(printWhyNotFuse(found.value), json, { log: jobNotes(job.value, options) });
}
