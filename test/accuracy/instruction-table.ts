// Measured and predicted times of single instructions, side by side.

import type { Machine } from "../../ir-spec/machine.ts";
import {
  type MeasuredDescriptor,
  type MeasuredInstruction,
  measuredDependences,
  measuredDescriptors,
  measuredInstructions,
  measuredTransfer,
} from "./measured-instructions.ts";
import { dependenceNs, descriptorNs, instructionNs, transferNs } from "./predict-instructions.ts";

export interface Comparison {
  readonly what: string;
  readonly quantity: string;
  readonly measuredNs: readonly [min: number, max: number];
  readonly predictedNs: number;
  /** From the middle of what was measured (%). */
  readonly errorPercent: number;
}

function compare(
  what: string,
  quantity: string,
  measuredNs: readonly [number, number],
  predictedNs: number,
): Comparison {
  const [min, max] = measuredNs;
  const middle = (min + max) / 2;
  return { what, quantity, measuredNs, predictedNs, errorPercent: (100 * (predictedNs - middle)) / middle };
}

function describe({ inst, unit, dtype, size, from, func, gated, isPass }: MeasuredInstruction): string {
  const engine = unit.toUpperCase();
  const operand = unit === "pe" ? `${size} columns` : `${size} elements in ${from.toUpperCase()}`;
  const notes = [isPass ? "one pass" : "", gated ? "half clock" : ""].filter((note) => note !== "");
  const name = func === undefined ? inst : `${inst} ${func}`;
  return `${engine} ${name} ${dtype}, ${[operand, ...notes].join(", ")}`;
}

function describeDescriptor({ bytes, engine }: MeasuredDescriptor): string {
  return `DMA descriptor of ${bytes} B, ${engine === "busy" ? "after another" : "engine idle before"}`;
}

export function compareInstructions(machine: Machine): readonly Comparison[] {
  return [
    ...measuredInstructions.map((row) => compare(describe(row), row.quantity, row.ns, instructionNs(row, machine))),
    ...measuredDescriptors.map((row) =>
      compare(describeDescriptor(row), row.quantity, [row.meanNs, row.meanNs], descriptorNs(row, machine)),
    ),
    compare("ACT table load", "duration", [1283, 1283], machine.actTableLoadNs),
    ...measuredDependences.map((row) => compare(row.what, "dependence", row.ns, dependenceNs(row, machine))),
    compare(
      `DMA trigger to consumer, ${measuredTransfer.rows} rows of ${measuredTransfer.rowBytes} B`,
      "dependence",
      measuredTransfer.ns,
      transferNs(measuredTransfer, machine),
    ),
  ];
}
