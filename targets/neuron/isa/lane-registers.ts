// The registers of an engine's lanes, of which there is one for each partition: what a kind of them is.

import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { InstRow, ResolvedArgs, UnitName } from "./define.ts";

/** What an execution does with the registers of some lanes. */
export interface LaneUse {
  readonly first: number;
  readonly count: number;
  /** It needs what they hold. */
  readonly isRead: boolean;
  /** What they hold afterwards. */
  readonly leaves: "what was there" | "something known" | "nothing known";
  /** What it leaves there is for later executions alone: it is nowhere else. */
  readonly isForLater: boolean;
}

/** Registers of one kind. */
export interface LaneRegisters {
  /** The registers' name, which is that of an execution's block of them: a row for each lane. */
  readonly name: "state" | "accumulator";
  /** Words of each lane; 0 where the engine has none. */
  readonly words: (unit: UnitName, machine: Machine) => number;
  /** None where the execution has nothing to do with them. */
  readonly use: (row: InstRow, args: ResolvedArgs, unit: UnitName) => LaneUse | undefined;
  /** An execution needs what a lane holds, and that is not known. */
  readonly problem: (inst: string, lane: number) => Problem;
}
