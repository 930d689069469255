// `tgc profile`: simulated time and traffic of a graph, without values.

import { fail } from "../../../ir-spec/base/result.ts";
import { profileGraph } from "../../driver/profile.ts";
import { printProfile } from "../../report/print-profile.ts";
import { loadJob, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, done } from "../outcome.ts";
import type { Given } from "../specs.ts";

export function profileCommand({ args, options }: Given<"profile">, { io }: CommandContext): CommandResult {
  const job = loadJob(io.cwd, args.file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate } = job.value;
  const profile = profileGraph(graph, choices);
  if (!profile.ok) return fail(locate(profile.error));
  return done(printProfile(profile.value), { ...profile.value }, { log: unusedSchedules(job.value) });
}
