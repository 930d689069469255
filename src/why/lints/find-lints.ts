// `tgc profile --lints`: what a run would gain from the optimisations of the vendor's guides, each priced by simulating the same stream on a
// machine where the cost is gone.

import type { Machine } from "../../../ir-spec/machine.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { TimedStream } from "../../driver/profile.ts";
import { lints } from "./table.ts";

export interface LintFinding {
  readonly code: string;
  readonly title: string;
  /** The figures of the run. */
  readonly text: string;
  readonly advice: string;
  /** What would be saved at most (ns); several together save less than their sum. */
  readonly savesNs: number;
}

/** A lint speaks where it would save more than this share of the time. Assumed: less is no reason to change a program. */
export const minLintShare = 0.02;

/** A run of more instructions is not simulated again for lints unless it is asked for. Assumed: up to here it is a small part of compiling. */
export const maxLintedInstructions = 200_000;

/** Instructions that a run executes, on all its units. */
export function executedInstructions({ profile: { engines } }: TimedStream): number {
  return Object.values(engines).reduce((sum, { instructions }) => sum + instructions, 0);
}

/** The most expensive first. */
export function findLints(timed: TimedStream, machine: Machine): readonly LintFinding[] {
  const { timeNs } = timed.profile;
  const found = lints.flatMap(({ code, title, advice, see }): readonly LintFinding[] => {
    const seen = see(timed, machine);
    if (seen === undefined) return [];
    const { text, without, unavoidableNs = 0 } = seen;
    const gainNs = typeof without === "number" ? without : timeNs - timeOn(timed, { ...machine, ...without });
    const savesNs = gainNs - unavoidableNs;
    return savesNs > minLintShare * timeNs ? [{ code, title, text, advice, savesNs }] : [];
  });
  return found.sort((a, b) => b.savesNs - a.savesNs);
}

/** The same stream on another machine, which has all that it needs. */
function timeOn({ stream, profile }: TimedStream, machine: Machine): number {
  const ran = simulate(stream, machine, undefined);
  return ran.ok ? ran.value.report.timeNs : profile.timeNs;
}
