// Finds links (links.ts) that a correct stream does not need: without their tokens, the others still order every two accesses
// that must be ordered. Leaving a link out only removes waiting, so it can make a race but no deadlock.
//
// One run with a world for each link (see clocks.ts) finds those that can be left out alone. Two of them may stand in for
// each other, so all together are tried first, and if that makes a race, they are left out one after the other.

import type { Machine } from "../../../ir-spec/machine.ts";
import { makeSinks } from "./findings.ts";
import { findLinks, type Link } from "./links.ts";
import type { CheckProgram } from "./program.ts";
import { runAbstractly } from "./run.ts";

export interface RedundantLinks {
  /** Links of which each can be left out, if the others stay. */
  readonly alone: readonly Link[];
  /** Those of them that can be left out together. */
  readonly joint: readonly Link[];
}

/** Finds links that can be left out. The stream must have passed the check; `executions` are those of its run. */
export function findRedundantLinks(program: CheckProgram, machine: Machine, executions: Int32Array): RedundantLinks {
  const isSoundWithout = (leftOut: readonly Link[]): boolean => {
    const sinks = makeSinks(1);
    const { blocked } = runAbstractly(program, machine, sinks, { leftOut, asked: [] });
    return blocked.length === 0 && sinks.mistakes.diagnostics.length === 0;
  };
  const askFor = (asked: readonly Link[], leftOut: readonly Link[]): readonly Link[] => {
    const { needed } = runAbstractly(program, machine, makeSinks(1), { leftOut, asked });
    return asked.filter((link) => !needed.has(link));
  };
  const alone = askFor(findLinks(program, executions), []);
  if (isSoundWithout(alone)) return { alone, joint: alone };
  const joint: Link[] = [];
  let left = alone;
  for (let next = left[0]; next !== undefined; next = left[0]) {
    joint.push(next);
    left = askFor(left.slice(1), joint);
  }
  return { alone, joint };
}
