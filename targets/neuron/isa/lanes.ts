// What the lanes of an engine, one for each partition, keep from instruction to instruction: random generators and
// accumulators. It is no memory that others reach, so nothing but the engine's own order matters.

import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { accumulators } from "./accumulators.ts";
import type { InstRow, ResolvedArgs, UnitName } from "./define.ts";
import { generators } from "./generators.ts";
import type { LaneRegisters, LaneUse } from "./lane-registers.ts";

export const laneRegisters: readonly LaneRegisters[] = [generators, accumulators];

/** By name of the registers and by lane of an engine: 1 where it is known what they hold. */
export type KnownLanes = Readonly<Record<LaneRegisters["name"], Uint8Array>>;

/** At the start nothing is known. */
export function makeKnownLanes({ partitions }: Machine): KnownLanes {
  return { state: new Uint8Array(partitions), accumulator: new Uint8Array(partitions) };
}

export interface NamedUse {
  readonly registers: LaneRegisters;
  readonly use: LaneUse;
}

const noUses: readonly NamedUse[] = [];

/** All that an execution does with registers of lanes. */
export function laneUses(row: InstRow, args: ResolvedArgs, unit: UnitName): readonly NamedUse[] {
  if (row.generators === undefined && row.accumulator === undefined) return noUses;
  return laneRegisters.flatMap((registers) => {
    const use = registers.use(row, args, unit);
    return use === undefined ? [] : [{ registers, use }];
  });
}

/** Notes in `known` what an execution leaves; or says which lane that it needs is not known. */
export function useLanes(known: KnownLanes, inst: string, uses: readonly NamedUse[]): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { registers, use } of uses) {
    const { first, count, isRead, leaves } = use;
    const lanes = known[registers.name].subarray(first, first + count);
    const missing = isRead ? lanes.indexOf(0) : -1;
    if (missing >= 0) problems.push(registers.problem(inst, first + missing));
    else if (leaves !== "what was there") lanes.fill(leaves === "something known" ? 1 : 0);
  }
  return problems;
}
