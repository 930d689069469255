// `tgc profile`: simulated time and traffic of a program, without values.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { type Explanation, explainInstruction, instructionsOf } from "../../../targets/neuron/sim/explain.ts";
import { reportUnitOf } from "../../../targets/neuron/sim/ledger.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { type TimedStream, timeGraph } from "../../driver/profile.ts";
import { profileProgram, stageOfFile } from "../../driver/programs.ts";
import type { Target } from "../../driver/targets.ts";
import { tokenCosts } from "../../driver/token-costs.ts";
import { metricsOf } from "../../metrics/metrics.ts";
import { printExplanations } from "../../report/print-explanation.ts";
import { printProfile } from "../../report/print-profile.ts";
import { printTokenCosts } from "../../report/print-token-costs.ts";
import { loadJob, loadProgram, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, done } from "../outcome.ts";
import type { Given } from "../specs.ts";

type Options = Given<"profile">["options"];

interface Profiled extends TimedStream {
  readonly log: string;
  readonly target: Target;
}

export function profileCommand({ args, options }: Given<"profile">, { io }: CommandContext): CommandResult {
  const profiled = profileFile(io.cwd, args.file, options);
  if (!profiled.ok) return profiled;
  const { profile, log, stream, target } = profiled.value;
  const explanations = options.explain && explainUnit(stream, options.explain, target);
  const tokens = options.tokens ? tokenCosts(stream, target.machine) : undefined;
  if (tokens?.ok === false) return tokens;
  const parts = [
    printProfile(profile),
    ...(tokens === undefined ? [] : [printTokenCosts(tokens.value, profile.timeNs)]),
    ...(explanations === undefined ? [] : [printExplanations(explanations, stream)]),
  ];
  const more = { ...(explanations && { explanations }), ...(tokens && { tokens: tokens.value }) };
  return done(parts.join("\n"), { ...profile, metrics: metricsOf(profile), ...more }, { log });
}

/** Every instruction of a unit's queues, tokens left out. */
function explainUnit(stream: Stream, unit: string, { machine }: Target): readonly Explanation[] {
  const queues = stream.queues.map(({ queue }) => queue).filter((queue) => reportUnitOf(queue) === unit);
  const places = queues.flatMap((queue) =>
    [...instructionsOf(stream, queue).keys()].map((index) => ({ queue, index })),
  );
  const explanations = places.flatMap((place) => explainInstruction(stream, place, machine) ?? []);
  return explanations.filter(({ instruction: { inst } }) => inst !== "acquire" && inst !== "release");
}

function profileFile(cwd: string, file: string, options: Options): Result<Profiled> {
  const stage = stageOfFile(file);
  if (stage !== "graph") {
    const loaded = loadProgram(cwd, file, stage, options);
    if (!loaded.ok) return loaded;
    const { program, target } = loaded.value;
    const timed = profileProgram(program, target);
    return timed.ok ? ok({ ...timed.value, log: "", target }) : timed;
  }
  const job = loadJob(cwd, file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate } = job.value;
  const timed = timeGraph(graph, choices);
  if (!timed.ok) return fail(locate(timed.error));
  return ok({ ...timed.value, log: unusedSchedules(job.value), target: choices.target });
}
