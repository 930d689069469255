// Issue interval and latency of the compute engines, from the machine's numbers. A rate is elements per cycle.

import { dtypeBytes, isFloat } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandOf } from "./args.ts";
import { type Cycles, freeSize, type ResolvedArgs, type ResolvedOperand, type UnitName } from "./define.ts";

/** DMA and the queues' own instructions: their time comes from models of their own, not from the row. */
export const noCycles = (): Cycles => ({ issueCycles: 0, latencyCycles: 0 });

interface FixedCost {
  readonly minCycles: number;
  readonly overheadCycles: number;
  readonly latencyCycles: number;
}

/** Time of an instruction that streams elements for `streamCycles`. */
export function streamedCycles(streamCycles: number, cost: FixedCost): Cycles {
  const issueCycles = Math.max(cost.minCycles, cost.overheadCycles + streamCycles);
  return { issueCycles, latencyCycles: Math.max(issueCycles, cost.latencyCycles + streamCycles) };
}

function fixedCost(unit: UnitName, machine: Machine): FixedCost {
  if (unit === "act") {
    const { actMinCycles: minCycles, actOverheadCycles: overheadCycles, actLatencyCycles: latencyCycles } = machine;
    return { minCycles, overheadCycles, latencyCycles };
  }
  if (unit === "pool") {
    const { poolOverheadCycles: overheadCycles, poolLatencyCycles: latencyCycles } = machine;
    return { minCycles: 0, overheadCycles, latencyCycles };
  }
  const { dveMinCycles: minCycles, dveOverheadCycles: overheadCycles, dveLatencyCycles: latencyCycles } = machine;
  return { minCycles, overheadCycles, latencyCycles };
}

/** Time of an instruction that makes `dst` at the rate of its engine. */
export function elementCycles(args: ResolvedArgs, unit: UnitName, machine: Machine, rate = 1): Cycles {
  return streamedCycles(freeSize(operandOf(args, "dst")) / rate, fixedCost(unit, machine));
}

/** Time of a copy. */
export function copyCycles(args: ResolvedArgs, unit: UnitName, machine: Machine): Cycles {
  if (unit === "act") return elementCycles(args, unit, machine, scalarEngineRate(args, machine));
  return elementCycles(args, unit, machine, unit === "dve" ? copyRate(args, machine) : 1);
}

/** Time of an instruction that combines two tiles. */
export function twoInputCycles(args: ResolvedArgs, unit: UnitName, machine: Machine, dveRate: number): Cycles {
  if (unit === "dve") return elementCycles(args, unit, machine, dveRate);
  const elements = freeSize(operandOf(args, "dst"));
  return streamedCycles(elements * machine.poolTwoInputFactor, fixedCost(unit, machine));
}

/** Time of an operation of a tile with scalars: reading those takes the vector engine a while. */
export function scalarCycles(args: ResolvedArgs, unit: UnitName, machine: Machine): Cycles {
  if (unit === "act") return copyCycles(args, unit, machine);
  if (unit !== "dve") {
    const hasRsqrt = args.values.op0 === "rsqrt" || args.values.op1 === "rsqrt";
    const factor = hasRsqrt ? machine.poolRsqrtFactor : 1;
    return streamedCycles(freeSize(operandOf(args, "dst")) * factor, fixedCost(unit, machine));
  }
  const {
    dveMinCycles: minCycles,
    dveScalarOverheadCycles: overheadCycles,
    dveScalarLatencyCycles: latencyCycles,
  } = machine;
  const streamCycles = freeSize(operandOf(args, "dst")) / copyRate(args, machine);
  return streamedCycles(streamCycles, { minCycles, overheadCycles, latencyCycles });
}

/** Time of a fold over `src` in the vector engine. */
export function reduceCycles(args: ResolvedArgs, machine: Machine, dveRate: number): Cycles {
  const {
    dveMinCycles: minCycles,
    dveReduceOverheadCycles: overheadCycles,
    dveReduceLatencyCycles: latencyCycles,
  } = machine;
  const streamCycles = freeSize(operandOf(args, "src")) / dveRate;
  return streamedCycles(streamCycles, { minCycles, overheadCycles, latencyCycles });
}

/** Time of a reciprocal in the vector engine. */
export function reciprocalCycles(args: ResolvedArgs, machine: Machine): Cycles {
  const streamCycles = freeSize(operandOf(args, "dst")) * machine.dveReciprocalFactor;
  const latencyCycles = machine.dveReciprocalLatencyCycles;
  return streamedCycles(streamCycles, { ...fixedCost("dve", machine), latencyCycles });
}

/** Time of a function by table in the scalar engine: where the argument lies makes a difference. */
export function functionCycles(args: ResolvedArgs, machine: Machine): Cycles {
  const isInPsum = operandOf(args, "src").memory === "psum";
  return streamedCycles(freeSize(operandOf(args, "dst")), {
    minCycles: machine.actMinCycles,
    overheadCycles: isInPsum ? machine.actFunctionOverheadCycles : machine.actFunctionSbufOverheadCycles,
    latencyCycles: isInPsum ? machine.actFunctionLatencyCycles : machine.actFunctionSbufLatencyCycles,
  });
}

const isHalfWord = ({ dtype }: ResolvedOperand): boolean => dtypeBytes(dtype) === 2;
/** Whether a tile's elements go at the rate of 2-byte ones. */
const isFastOn =
  ({ dveFastFloat8 }: Machine) =>
  (tile: ResolvedOperand): boolean =>
    isHalfWord(tile) || (dveFastFloat8 !== 0 && isFloat(tile.dtype) && dtypeBytes(tile.dtype) === 1);
const isWord = ({ dtype }: ResolvedOperand): boolean => dtype === "f32";
const isInSbuf = ({ memory }: ResolvedOperand): boolean => memory === "sbuf";
const isDense = ({ strides, sizes }: ResolvedOperand): boolean => sizes.at(-1) === 1 || (strides.at(-1) ?? 1) === 1;

/**
 * The vector engine's rate for copies and scalar operations. Which modes there are: see the machine's `dveRate...` fields.
 * Source: AWS Neuron SDK documentation, NKI guide for Trainium2, "Vector Engine Performance Mode".
 */
export function copyRate(args: ResolvedArgs, machine: Machine): number {
  const tiles = [operandOf(args, "dst"), operandOf(args, "src")];
  const inSbuf = tiles.every(isInSbuf);
  if (tiles.every(isFastOn(machine))) {
    if (inSbuf && tiles.every(isDense)) return machine.dveRate16;
    return inSbuf || (tiles.some(isInSbuf) && tiles.every(isDense)) ? machine.dveRate16Slow : 1;
  }
  return inSbuf && tiles.every(isWord) ? machine.dveRate32 : 1;
}

/** The scalar engine's rate for copies and scalar operations: its one mode has the conditions of the vector engine's slow one. */
function scalarEngineRate(args: ResolvedArgs, machine: Machine): number {
  const tiles = [operandOf(args, "dst"), operandOf(args, "src")];
  const isFast = tiles.every(isInSbuf) || (tiles.some(isInSbuf) && tiles.every(isDense));
  return isFast && tiles.every(isHalfWord) ? machine.actRate16 : 1;
}

/** The vector engine's rate for an instruction that reads several tiles: one element per cycle from two memories. */
export function severalTilesRate(args: ResolvedArgs, inputs: readonly string[], machine: Machine): number {
  const tiles = inputs.map((name) => operandOf(args, name));
  if (!tiles.every(isInSbuf)) return 1;
  const areFast = [...tiles, operandOf(args, "dst")].every(isFastOn(machine));
  return areFast ? machine.dveTwoInputRate16 : machine.dveTwoInputRate;
}

/** The vector engine's rate for a tile, a scalar and a tile: fast for a difference and a product of an even number of bf16. */
export function fusedRate(args: ResolvedArgs, machine: Machine): number {
  const tiles = [operandOf(args, "src"), operandOf(args, "rhs")];
  const isEven = freeSize(operandOf(args, "dst")) % 2 === 0;
  const isFast = isEven && tiles.every(({ dtype }) => dtype === "bf16");
  const isPair = args.values.op0 === "subtract" && args.values.op1 === "multiply";
  return isFast && isPair ? machine.dveTwoInputRate16 : machine.dveTwoInputRate;
}

/** The vector engine's rate for a fold: faster where both sides are half words and the operation is `add` or `max`. */
export function foldRate(args: ResolvedArgs, machine: Machine): number {
  const halfWords = isHalfWord(operandOf(args, "dst")) && isHalfWord(operandOf(args, "src"));
  return halfWords && (args.values.op === "add" || args.values.op === "max") ? machine.dveFoldRate16 : 1;
}
