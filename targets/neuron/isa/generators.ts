// The random generators of an engine: each lane, one for each partition, has some of its own. What they hold stays from
// instruction to instruction and is no memory that others reach, so nothing but the engine's own order matters.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandOf } from "./args.ts";
import type { InstRow, ResolvedArgs, UnitName } from "./define.ts";

/** Words of one generator's state. Source: Marsaglia 2003, "Xorshift RNGs", xorwow. */
export const stateWords = 6;

/** Words of the generators of one lane; 0 where the engine has none. */
export function generatorWords(unit: UnitName, machine: Machine): number {
  if (unit === "pool") return machine.poolRandom * stateWords;
  return unit === "dve" ? machine.dveRandomGenerators * stateWords : 0;
}

/** Lanes whose generators an execution sets, copies out or uses. */
export interface Lanes {
  readonly first: number;
  readonly count: number;
}

/** The lanes of an execution; none where it has nothing to do with generators, or has their state as an operand. */
export function lanesOf(row: InstRow, args: ResolvedArgs): Lanes | undefined {
  if (row.generators === undefined || args.operands.state !== undefined) return undefined;
  const { startPartition, partitions } = operandOf(args, row.generators === "set" ? "src" : "dst");
  return { first: startPartition, count: partitions };
}

/** Notes in `isSet`, by lane of the engine, what an execution sets; or says which lane that it uses is not set. */
export function useLanes(isSet: Uint8Array, inst: string, row: InstRow, args: ResolvedArgs): readonly Problem[] {
  const lanes = lanesOf(row, args);
  if (lanes === undefined) return [];
  const { first, count } = lanes;
  if (row.generators === "set") {
    isSet.fill(1, first, first + count);
    return [];
  }
  const missing = isSet.subarray(first, first + count).indexOf(0);
  return missing < 0 ? [] : [problem("E0720", { inst, lane: first + missing })];
}
