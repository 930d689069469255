// `tgc profile`: simulated time and traffic of a program, without values.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { type Profile, profileGraph } from "../../driver/profile.ts";
import { profileProgram, stageOfFile } from "../../driver/programs.ts";
import { printProfile } from "../../report/print-profile.ts";
import { loadJob, loadProgram, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, done } from "../outcome.ts";
import type { Given } from "../specs.ts";

interface Profiled {
  readonly profile: Profile;
  readonly log: string;
}

export function profileCommand({ args, options }: Given<"profile">, { io }: CommandContext): CommandResult {
  const profiled = profileFile(io.cwd, args.file, options);
  if (!profiled.ok) return profiled;
  const { profile, log } = profiled.value;
  return done(printProfile(profile), { ...profile }, { log });
}

function profileFile(cwd: string, file: string, options: Given<"profile">["options"]): Result<Profiled> {
  const stage = stageOfFile(file);
  if (stage !== "graph") {
    const loaded = loadProgram(cwd, file, stage, options.target);
    if (!loaded.ok) return loaded;
    const profile = profileProgram(loaded.value.program, loaded.value.target);
    return profile.ok ? ok({ profile: profile.value, log: "" }) : profile;
  }
  const job = loadJob(cwd, file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate } = job.value;
  const profile = profileGraph(graph, choices);
  return profile.ok ? ok({ profile: profile.value, log: unusedSchedules(job.value) }) : fail(locate(profile.error));
}
