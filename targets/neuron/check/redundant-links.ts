// Finds links (links.ts) that a correct stream does not need: without their tokens, the others still order every two accesses
// that must be ordered. Leaving a link out only removes waiting, so it can make a race but no deadlock.
//
// One run with a world for each link (see clocks.ts) finds those that can be left out alone. Two of them may stand in for
// each other, so all together are tried first, and if that makes a race, they are left out one after the other.

import type { Machine } from "../../../ir-spec/machine.ts";
import { makeSinks } from "./findings.ts";
import { findLinks, type Link } from "./links.ts";
import type { CheckProgram } from "./program.ts";
import { type RunResult, runAbstractly } from "./run.ts";

export interface RedundantLinks {
  /** Links of which each can be left out, if the others stay. */
  readonly alone: readonly Link[];
  /** Those of them that can be left out together. */
  readonly joint: readonly Link[];
}

/**
 * Finds links that can be left out; undefined where that takes more executions than given. The stream must have passed the check, and `checked` is
 * the result.
 */
export function findRedundantLinks(
  program: CheckProgram,
  machine: Machine,
  checked: RunResult,
  maxExecutions: number,
): RedundantLinks | undefined {
  let isShort = false;
  const spend = makeBudget(checked, maxExecutions);
  const run = (leftOut: readonly Link[], asked: readonly Link[]) => {
    isShort ||= !spend(asked.length);
    if (isShort) return { isSound: false, needed: new Set(asked) };
    const sinks = makeSinks(1);
    const { blocked, needed, isCut } = runAbstractly(program, machine, sinks, { leftOut, asked });
    isShort = isCut;
    return { isSound: blocked.length === 0 && sinks.mistakes.diagnostics.length === 0, needed };
  };
  const askFor = (asked: readonly Link[], leftOut: readonly Link[]): readonly Link[] => {
    const { needed } = run(leftOut, asked);
    return asked.filter((link) => !needed.has(link));
  };
  const alone = askFor(findLinks(program, checked.executions), []);
  const joint = run(alone, []).isSound ? alone : leaveOutInTurn(alone, askFor);
  return isShort ? undefined : { alone, joint };
}

/** Each that can be left out when those before it are. */
function leaveOutInTurn(
  alone: readonly Link[],
  askFor: (asked: readonly Link[], leftOut: readonly Link[]) => readonly Link[],
): readonly Link[] {
  const joint: Link[] = [];
  let left = alone;
  for (let next = left[0]; next !== undefined; next = left[0]) {
    joint.push(next);
    left = askFor(left.slice(1), joint);
  }
  return joint;
}

/** Assumed, from profiles: what a world, or a granule, adds to an execution's cost. */
const shareOfExecution = 0.02;

/** Accounts for runs that cost what the check did, and more for each link that is asked about; says whether another one may be made. */
function makeBudget({ executedInstructions, memories }: RunResult, maxExecutions: number): (asked: number) => boolean {
  const executions = executedInstructions + memories.shadow.sweptGranules() * shareOfExecution;
  let spent = 0;
  return (asked) => {
    spent += executions * (1 + asked * shareOfExecution);
    return spent <= maxExecutions;
  };
}
