// What one execution of an instruction costs, kept per instruction: the cost depends on sizes, not on addresses or values,
// so a loop's body is costed once (and once more for each partial tile at a border).

import { type Extent, evalExtent, type LoopIndices } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import { at, type Diagnostic, type Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { checkInstruction } from "../isa/check.ts";
import { freeSize, type ResolvedArgs, type UnitName } from "../isa/define.ts";
import { indexedFields, instDef } from "../isa/index.ts";
import { directArgs } from "../isa/indirect.ts";
import type { Instruction, QueueName } from "../stream.ts";
import type { Registers } from "./program.ts";
import { macKinds } from "./report.ts";
import { resolveArgs, varyingExtents } from "./resolve.ts";
import { makeTransfer, type Transfer } from "./transfer.ts";

export interface Cost {
  readonly issueNs: number;
  readonly latencyNs: number;
  /** The same while the clock is gated. */
  readonly gatedIssueNs: number;
  readonly gatedLatencyNs: number;
  readonly runsBehind: boolean;
  readonly mayRunBehind: boolean;
  /** The function table that it needs. */
  readonly table: string | undefined;
  readonly flops: number;
  /** Elements that an engine other than the array works on: those of the operand that has the most. */
  readonly elementOps: number;
  /** Bytes of all operands in SBUF and in PSUM. */
  readonly sbufBytes: number;
  readonly psumBytes: number;
  /** Multiply-adds, of which dtype: an index into `macKinds`. */
  readonly macs: number;
  readonly macKind: number;
  /** For DMA. */
  readonly transfer: Transfer | undefined;
  /** What is wrong with the instruction at these sizes. */
  readonly problems: readonly Problem[];
}

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

/** An instruction on a unit with the costs that are known of it; changed in place. */
export interface Costing {
  readonly inst: Instruction;
  readonly unit: UnitName;
  readonly machine: Machine;
  /** What the cost depends on. */
  readonly extents: readonly Extent[];
  /** By `sizesKey`; absent where that is always the same, or none. */
  readonly bySizes: Map<number, Cost> | undefined;
  /** Of the last execution; NaN before the first. */
  lastKey: number;
  last: Cost | undefined;
}

export function makeCosting(inst: Instruction, unit: UnitName, machine: Machine): Costing {
  const extents = varyingExtents(inst);
  const bySizes = extents.length > 0 && isCountable(extents) ? new Map<number, Cost>() : undefined;
  return { inst, unit, machine, extents, bySizes, lastKey: Number.NaN, last: undefined };
}

/** The cost of the instruction's next execution. */
export function costOf(costing: Costing, registers: Registers): Cost {
  const key = costing.extents.length === 0 ? 0 : sizesKey(costing, registers.indices);
  if (key === costing.lastKey) return costing.last!;
  const { inst, unit, machine, bySizes } = costing;
  const cost = bySizes?.get(key) ?? computeCost(inst, resolveArgs(inst, registers), unit, machine);
  bySizes?.set(key, cost);
  costing.lastKey = key;
  costing.last = cost;
  return cost;
}

/** Whether the sizes of all extents together are one number that is exact. */
function isCountable(extents: readonly Extent[]): boolean {
  return Number.isSafeInteger(extents.reduce((product, { max }) => product * (max + 1), 1));
}

/** Tells apart what sizes the extents have, as a number in a mixed base; NaN, which equals nothing, if they are too many. */
function sizesKey({ extents, bySizes }: Costing, indices: LoopIndices): number {
  if (bySizes === undefined) return Number.NaN;
  let key = 0;
  for (const extent of extents) key = key * (extent.max + 1) + evalExtent(extent, indices);
  return key;
}

function computeCost(inst: Instruction, args: ResolvedArgs, unit: UnitName, machine: Machine): Cost {
  const row = instDef(inst.inst);
  const problems = checkInstruction(inst.inst, args, unit, machine);
  const direct = directArgs(indexedFields(inst.inst), args);
  const cycles = row.cycles(direct, unit, machine);
  const nsPerCycle = 1e9 / clockHzOf(unit, machine);
  return {
    issueNs: cycles.issueCycles * nsPerCycle,
    latencyNs: cycles.latencyCycles * nsPerCycle,
    gatedIssueNs: (cycles.gated ?? cycles).issueCycles * nsPerCycle,
    gatedLatencyNs: (cycles.gated ?? cycles).latencyCycles * nsPerCycle,
    runsBehind: cycles.runsBehind === true,
    mayRunBehind: cycles.mayRunBehind === true,
    table: cycles.table,
    flops: row.flops?.(direct) ?? 0,
    elementOps: unit === "pe" || unit === "dma" ? 0 : mostElements(direct),
    sbufBytes: bytesIn("sbuf", direct),
    psumBytes: bytesIn("psum", direct),
    macs: (row.flops?.(direct) ?? 0) / 2,
    macKind: macKindOf(direct),
    transfer: unit === "dma" && problems.length === 0 ? makeTransfer(inst.inst, args, machine) : undefined,
    problems,
  };
}

function bytesIn(memory: Memory, { operands }: ResolvedArgs): number {
  let bytes = 0;
  for (const operand of Object.values(operands)) {
    if (operand.memory === memory) bytes += operand.partitions * freeSize(operand) * dtypeBytes(operand.dtype);
  }
  return bytes;
}

/** Of operands of two dtypes the moving one's counts; instructions without products have any. */
function macKindOf({ operands: { moving } }: ResolvedArgs): number {
  const dtype = moving === undefined || dtypeBytes(moving.dtype) > 1 ? moving?.dtype : "f8";
  const kinds: readonly (string | undefined)[] = macKinds;
  return Math.max(0, kinds.indexOf(dtype));
}

function mostElements({ operands }: ResolvedArgs): number {
  return Math.max(0, ...Object.values(operands).map((operand) => operand.partitions * freeSize(operand)));
}

/** Diagnostics of an illegal instruction; a compiled stream has no places, so a note says which instruction it is. */
export function describeProblems(
  problems: readonly Problem[],
  inst: Instruction,
  queue: QueueName,
): readonly Diagnostic[] {
  return problems.map((found) => at(found, undefined, [{ text: `\`${inst.inst}\` on queue ${queue}` }]));
}
