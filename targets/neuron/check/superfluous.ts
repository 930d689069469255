// Finds semaphores that a correct stream does not need: without all of their tokens, the other tokens still order every
// two accesses that must be ordered. Leaving tokens out only removes waiting, so it can make a race but no deadlock.
//
// One run with a world for each semaphore (see clocks.ts) finds those that can be left out alone. Two of them may stand
// in for each other, so all together are tried first, and if that makes a race, they are left out one after the other.

import type { Machine } from "../../../ir-spec/machine.ts";
import { makeSinks } from "./findings.ts";
import type { Program } from "./program.ts";
import { runAbstractly } from "./run.ts";

export interface Superfluous {
  /** Semaphores of which each can be left out, if the others stay. */
  readonly alone: readonly number[];
  /** Those of them that can be left out together. */
  readonly joint: readonly number[];
}

/** Finds semaphores that can be left out. The stream must have passed the check. */
export function findSuperfluous(program: Program, machine: Machine): Superfluous {
  const isSoundWithout = (leftOut: ReadonlySet<number>): boolean => {
    const sinks = makeSinks(1);
    runAbstractly(program, machine, sinks, { leftOut, asked: [] });
    return sinks.mistakes.diagnostics.length === 0;
  };
  const askFor = (asked: readonly number[], leftOut: ReadonlySet<number>): readonly number[] => {
    const { needed } = runAbstractly(program, machine, makeSinks(1), { leftOut, asked });
    return asked.filter((sem) => !needed.has(sem));
  };
  const alone = askFor(usedSemaphores(program), new Set());
  if (isSoundWithout(new Set(alone))) return { alone, joint: alone };
  const leftOut = new Set<number>();
  let left = alone;
  for (let next = left[0]; next !== undefined; next = left[0]) {
    leftOut.add(next);
    left = askFor(left.slice(1), leftOut);
  }
  return { alone, joint: [...leftOut] };
}

function usedSemaphores({ sites }: Program): readonly number[] {
  return [...new Set(sites.flatMap(({ token }) => (token === undefined ? [] : [token.sem])))].sort((a, b) => a - b);
}
