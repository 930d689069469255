// What a machine file may say of energy, as rough as it is: one row for each action of a run that is counted. All of the table is there, or
// none of it, and then nothing speaks of energy. Energy changes no program and no time, so it is no part of what tells machines apart.

import type { MachineField } from "./machine-field.ts";

export interface EnergyField extends MachineField {
  /** What the action is called where its share is said. */
  readonly word: string;
}

/** The largest number of an action. Assumed: a thousand times what any real one takes; more is a slip of units. */
const maxPj = 1e6;

const action = (word: string, summary: string): EnergyField => ({
  ...{ word, summary, unit: "pJ" },
  ...{ min: 0, max: maxPj, integer: false },
});

export const energyFields = {
  hbmBytePj: action("HBM", "a byte read or written in HBM, its interface included"),
  dmaBytePj: action("DMA", "a byte that a DMA engine moves across the chip, without the memories at both ends"),
  sbufBytePj: action("SBUF", "a byte of an operand in SBUF, read or written by an engine or by DMA"),
  psumBytePj: action("PSUM", "a byte of an operand in PSUM, read or written"),
  macF32Pj: action("f32 MACs", "a multiply-add of the array, of f32, all its passes"),
  macBf16Pj: action("bf16 MACs", "a multiply-add of bf16, its sum in f32"),
  macF16Pj: action("f16 MACs", "a multiply-add of f16, its sum in f32"),
  macF8Pj: action("f8 MACs", "a multiply-add of 8-bit floats, its sum in f32"),
  elementPj: action("other engines", "an element that the scalar, vector or general engine works on"),
} as const satisfies Readonly<Record<string, EnergyField>>;

export type EnergyKey = keyof typeof energyFields;
export const energyKeys = Object.keys(energyFields) as readonly EnergyKey[];

/** Energy of each action (pJ), and where each number comes from. */
export type MachineEnergy = { readonly [K in EnergyKey]: number } & {
  readonly sources: { readonly [K in EnergyKey]: string };
};
