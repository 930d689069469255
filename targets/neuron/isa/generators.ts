// The random generators of an engine: each lane, one for each partition, has some of its own.

import { problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandOf } from "./args.ts";
import type { UnitName } from "./define.ts";
import type { LaneRegisters } from "./lane-registers.ts";

/** Words of one generator's state. Source: Marsaglia 2003, "Xorshift RNGs", xorwow. */
export const stateWords = 6;

/** Words of the generators of one lane; 0 where the engine has none. */
export function generatorWords(unit: UnitName, machine: Machine): number {
  if (unit === "pool") return machine.poolRandom * stateWords;
  return unit === "dve" ? machine.dveRandomGenerators * stateWords : 0;
}

export const generators: LaneRegisters = {
  name: "state",
  words: generatorWords,
  use: (row, args) => {
    if (row.generators === undefined || args.operands.state !== undefined) return undefined;
    const isRead = row.generators !== "set";
    const { startPartition: first, partitions: count } = operandOf(args, isRead ? "dst" : "src");
    const leaves = row.generators === "get" ? "what was there" : "something known";
    return { first, count, isRead, leaves, isForLater: false };
  },
  problem: (inst, lane) => problem("E0720", { inst, lane }),
};
