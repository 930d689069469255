// Time of the special instructions of the vector and the general engine, from the machine's numbers.

import type { Machine } from "../../../ir-spec/machine.ts";
import { operandOf } from "./args.ts";
import { type Cycles, freeSize, type ResolvedArgs } from "./define.ts";
import { streamedCycles } from "./timing.ts";

/** Time of the vector engine for `streamCycles` of elements, and `extraCycles` at the end. */
export function vectorCycles(streamCycles: number, machine: Machine, extraCycles = 0): Cycles {
  return streamedCycles(streamCycles, {
    minCycles: machine.dveMinCycles,
    overheadCycles: machine.dveOverheadCycles + extraCycles,
    latencyCycles: machine.dveLatencyCycles + extraCycles,
  });
}

/** Time of the general engine for `streamCycles` of elements, and `extraCycles` at the start. */
export function poolCycles(streamCycles: number, machine: Machine, extraCycles = 0): Cycles {
  return streamedCycles(streamCycles, {
    minCycles: 0,
    overheadCycles: machine.poolOverheadCycles + extraCycles,
    latencyCycles: machine.poolLatencyCycles + extraCycles,
  });
}

/** Cycles for writing out a fold that rides on another operation; none where it is not asked for. */
export function foldCycles(args: ResolvedArgs, column: string, machine: Machine): number {
  return args.operands[column] === undefined ? 0 : machine.dveAccumulatorCycles;
}

/** Elements of each partition of an operand. */
export const elementsOf = (args: ResolvedArgs, name: string): number => freeSize(operandOf(args, name));
