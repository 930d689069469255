// `tgc profile`: simulated time and traffic of a program, without values.

import { type Explanation, explainInstruction, instructionsOf } from "../../../targets/neuron/sim/explain.ts";
import { reportUnitOf } from "../../../targets/neuron/sim/ledger.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import type { Target } from "../../driver/targets.ts";
import { tokenCosts } from "../../driver/token-costs.ts";
import { metricsOf } from "../../metrics/metrics.ts";
import { printExplanations } from "../../report/print-explanation.ts";
import { printLints, printNoLints } from "../../report/print-lints.ts";
import { printProfile } from "../../report/print-profile.ts";
import { printTokenCosts } from "../../report/print-token-costs.ts";
import { printPath, printWaits, printWhatIfs } from "../../report/print-why.ts";
import { summarizePath } from "../../trace/critical-path.ts";
import { maxFileEvents, maxTraceEvents } from "../../trace/timeline.ts";
import { whatIfFaster } from "../../trace/what-if.ts";
import { executedInstructions, findLints, maxLintedInstructions } from "../../why/lints/find-lints.ts";
import { type CommandContext, type CommandResult, done } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { timeFile, traceFiles } from "../trace-file.ts";

/** Lints that are listed unless all are asked for. */
const shownLints = 3;

export function profileCommand({ args, options }: Given<"profile">, { io }: CommandContext): CommandResult {
  const timed = timeFile(io.cwd, args.file, options, options.trace === undefined ? maxTraceEvents : maxFileEvents);
  if (!timed.ok) return timed;
  const { profile, log, warnings, stream, target } = timed.value;
  const explanations = options.explain && explainUnit(stream, options.explain, target);
  const tokens = options.tokens ? tokenCosts(stream, target.machine) : undefined;
  if (tokens?.ok === false) return tokens;
  const files = traceFiles(options.trace, timed.value);
  if (!files.ok) return files;
  const criticalPath = summarizePath(timed.value, target.machine);
  const whatIf = options.why ? whatIfFaster(timed.value, target.machine) : undefined;
  const executed = executedInstructions(timed.value);
  const isLinted = options.lints || executed <= maxLintedInstructions;
  const lints = isLinted ? findLints(timed.value, target.machine) : undefined;
  const parts = [
    printProfile(profile, [
      printWaits(profile, options.why),
      criticalPath === undefined ? "" : printPath(criticalPath, options.why),
      whatIf === undefined ? "" : printWhatIfs(whatIf, profile.timeNs),
      lints === undefined
        ? printNoLints(executed)
        : printLints(lints, profile.timeNs, options.lints ? undefined : shownLints),
    ]),
    ...(tokens === undefined ? [] : [printTokenCosts(tokens.value, profile.timeNs)]),
    ...(explanations === undefined ? [] : [printExplanations(explanations, stream)]),
  ];
  const found = { ...(explanations && { explanations }), ...(tokens && { tokens: tokens.value }) };
  const why = { ...(criticalPath && { criticalPath }), ...(whatIf && { whatIf }), ...(lints && { lints }) };
  const json = { ...profile, metrics: metricsOf(profile), ...why, ...found };
  return done(parts.join("\n"), json, { log, warnings, files: files.value });
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
