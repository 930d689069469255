// Measured and predicted times of single instructions, side by side.

import type { Machine } from "../../ir-spec/machine.ts";
import {
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
  readonly measuredNs: readonly [least: number, most: number];
  readonly predictedNs: number;
  /** From the middle of what was measured (%). */
  readonly errorPercent: number;
  /** How far the prediction lies outside of what was measured (ns); the traces' times are whole ns. */
  readonly outsideNs: number;
}

function compare(
  what: string,
  quantity: string,
  measuredNs: readonly [number, number],
  predictedNs: number,
): Comparison {
  const [least, most] = measuredNs;
  const middle = (least + most) / 2;
  const outsideNs = Math.max(0, least - predictedNs, predictedNs - most);
  return { what, quantity, measuredNs, predictedNs, errorPercent: (100 * (predictedNs - middle)) / middle, outsideNs };
}

function describe({ inst, unit, dtype, size, from, func, gated, isPass }: MeasuredInstruction): string {
  const engine = unit.toUpperCase();
  const operand = unit === "pe" ? `${size} columns` : `${size} elements in ${from.toUpperCase()}`;
  const notes = [isPass ? "one pass" : "", gated ? "half clock" : ""].filter((note) => note !== "");
  const name = func === undefined ? inst : `${inst} ${func}`;
  return `${engine} ${name} ${dtype}, ${[operand, ...notes].join(", ")}`;
}

export function compareInstructions(machine: Machine): readonly Comparison[] {
  return [
    ...measuredInstructions.map((row) => compare(describe(row), row.quantity, row.ns, instructionNs(row, machine))),
    ...measuredDescriptors.map((row) =>
      compare(`DMA descriptor of ${row.bytes} B`, row.quantity, row.ns, descriptorNs(row, machine)),
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
