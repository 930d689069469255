// A rough estimate of a run's energy: what was done, counted by the simulator, times the energy of each action in the machine file. What
// leaks, the clocks and the control of the engines are in no action, so it is a part of the whole, to compare runs by.

import type { Machine } from "../../ir-spec/machine.ts";
import { type EnergyKey, energyKeys, type MachineEnergy } from "../../ir-spec/machine-energy.ts";
import type { KernelReport, RunReport } from "../../targets/neuron/sim/report.ts";

export interface EnergyEstimate {
  readonly totalPj: number;
  /** By action, in the order of the table; those that were not done have 0. */
  readonly actionsPj: Readonly<Record<EnergyKey, number>>;
}

/** How often an action is done, in words and of a report. */
interface ActionCount {
  readonly formula: string;
  readonly count: (report: RunReport | KernelReport) => number;
}

export const actionCounts: { readonly [K in EnergyKey]: ActionCount } = {
  hbmBytePj: { formula: "hbm.readBytes + hbm.writeBytes", count: ({ hbm }) => hbm.readBytes + hbm.writeBytes },
  dmaBytePj: { formula: "dma.bytes", count: ({ dma }) => dma.bytes },
  sbufBytePj: { formula: "actions.sbufBytes", count: ({ actions }) => actions.sbufBytes },
  psumBytePj: { formula: "actions.psumBytes", count: ({ actions }) => actions.psumBytes },
  macF32Pj: { formula: "actions.macs.f32", count: ({ actions }) => actions.macs.f32 },
  macBf16Pj: { formula: "actions.macs.bf16", count: ({ actions }) => actions.macs.bf16 },
  macF16Pj: { formula: "actions.macs.f16", count: ({ actions }) => actions.macs.f16 },
  macF8Pj: { formula: "actions.macs.f8", count: ({ actions }) => actions.macs.f8 },
  elementPj: { formula: "elementOps", count: ({ elementOps }) => elementOps },
};

/** The field of a profile; nothing where the machine's file does not speak of energy. */
export function energyOf(
  report: RunReport | KernelReport,
  { energy }: Machine,
): { readonly energyEstimate?: EnergyEstimate } {
  return energy === undefined ? {} : { energyEstimate: estimate(report, energy) };
}

function estimate(report: RunReport | KernelReport, energy: MachineEnergy): EnergyEstimate {
  const parts = energyKeys.map((key) => [key, actionCounts[key].count(report) * energy[key]] as const);
  const totalPj = parts.reduce((sum, [, pj]) => sum + pj, 0);
  return { totalPj, actionsPj: Object.fromEntries(parts) as Record<EnergyKey, number> };
}

/** The parts that there are, the largest first, with their share of the whole. */
export function energyShares({ totalPj, actionsPj }: EnergyEstimate): readonly EnergyShare[] {
  const parts = energyKeys.map((key) => ({ key, pj: actionsPj[key], share: actionsPj[key] / totalPj }));
  return parts.filter(({ pj }) => pj > 0).sort((a, b) => b.pj - a.pj);
}

export interface EnergyShare {
  readonly key: EnergyKey;
  readonly pj: number;
  /** Of the whole, from 0 to 1. */
  readonly share: number;
}
