// What one execution of an instruction costs, kept per instruction: the cost depends on sizes, not on addresses or values,
// so a loop's body is costed once (and once more for each partial tile at a border).

import { type Extent, evalExtent } from "../../../ir-spec/affine.ts";
import { at, type Diagnostic, type Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { checkInstruction } from "../isa/check.ts";
import type { ResolvedArgs, UnitName } from "../isa/define.ts";
import { instDef } from "../isa/index.ts";
import type { Instruction, QueueName } from "../stream.ts";
import type { Registers } from "./program.ts";
import { resolveArgs, varyingExtents } from "./resolve.ts";
import { makeTransfer, type Transfer } from "./transfer.ts";

export interface Cost {
  readonly issueNs: number;
  readonly latencyNs: number;
  /** The same while the clock is gated. */
  readonly gatedIssueNs: number;
  readonly gatedLatencyNs: number;
  readonly runsBehind: boolean;
  /** The function table that it needs. */
  readonly table: string | undefined;
  readonly flops: number;
  /** For DMA. */
  readonly transfer: Transfer | undefined;
  /** What is wrong with the instruction at these sizes. */
  readonly problems: readonly Problem[];
}

/** Gives the cost of the instruction's next execution. */
export type CostOf = (registers: Registers) => Cost;

export function unitOfQueue(queue: QueueName): UnitName {
  return queue.startsWith("dma") ? "dma" : (queue as Exclude<UnitName, "dma">);
}

export function clockHzOf(unit: UnitName, machine: Machine): number {
  switch (unit) {
    case "pe":
      return machine.peClockHz;
    case "act":
      return machine.actClockHz;
    case "dve":
      return machine.dveClockHz;
    default:
      return machine.poolClockHz;
  }
}

/** Makes the cost function of one instruction on one unit; it remembers what it has computed. */
export function makeCostOf(inst: Instruction, unit: UnitName, machine: Machine): CostOf {
  const bySizes = new Map<number | string, Cost>();
  const keyOf = sizesKey(varyingExtents(inst));
  let lastKey: number | string | undefined;
  let last: Cost | undefined;
  return (registers) => {
    const key = keyOf(registers);
    if (last !== undefined && key === lastKey) return last;
    const cost = bySizes.get(key) ?? computeCost(inst, resolveArgs(inst, registers), unit, machine);
    bySizes.set(key, cost);
    lastKey = key;
    last = cost;
    return cost;
  };
}

/** Makes the function that tells apart what sizes the extents have: a number in a mixed base, if they are few enough. */
function sizesKey(extents: readonly Extent[]): (registers: Registers) => number | string {
  const combinations = extents.reduce((product, { max }) => product * (max + 1), 1);
  if (!Number.isSafeInteger(combinations)) {
    return ({ indices }) => extents.map((extent) => evalExtent(extent, indices)).join();
  }
  return ({ indices }) => {
    let key = 0;
    for (const extent of extents) key = key * (extent.max + 1) + evalExtent(extent, indices);
    return key;
  };
}

function computeCost(inst: Instruction, args: ResolvedArgs, unit: UnitName, machine: Machine): Cost {
  const row = instDef(inst.inst);
  const problems = checkInstruction(inst.inst, args, unit, machine);
  const cycles = row.cycles(args, unit, machine);
  const nsPerCycle = 1e9 / clockHzOf(unit, machine);
  return {
    issueNs: cycles.issueCycles * nsPerCycle,
    latencyNs: cycles.latencyCycles * nsPerCycle,
    gatedIssueNs: (cycles.gated ?? cycles).issueCycles * nsPerCycle,
    gatedLatencyNs: (cycles.gated ?? cycles).latencyCycles * nsPerCycle,
    runsBehind: cycles.runsBehind === true,
    table: cycles.table,
    flops: row.flops?.(args) ?? 0,
    transfer: unit === "dma" && problems.length === 0 ? makeTransfer(inst.inst, args, machine) : undefined,
    problems,
  };
}

/** Diagnostics of an illegal instruction; a compiled stream has no places, so a note says which instruction it is. */
export function describeProblems(
  problems: readonly Problem[],
  inst: Instruction,
  queue: QueueName,
): readonly Diagnostic[] {
  return problems.map((found) => at(found, undefined, [{ text: `\`${inst.inst}\` on queue ${queue}` }]));
}
