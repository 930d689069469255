// What distinguishes two machines: the numbers that differ, each with both sources.

import { type Machine, type MachineKey, machineFields, machineKeys } from "../../../ir-spec/machine.ts";
import { type EnergyKey, energyFields, energyKeys } from "../../../ir-spec/machine-energy.ts";

export interface MachineDifference {
  readonly field: MachineKey | EnergyKey;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** Absent where the first is 0. */
  readonly ratio?: number;
  readonly beforeSource: string;
  readonly afterSource: string;
}

/** In the order of the tables of fields; energies are compared where both have them. */
export function diffMachines(before: Machine, after: Machine): readonly MachineDifference[] {
  const numbers = machineKeys.flatMap((key) => differenceOf(key, machineFields[key].unit, [before, after]));
  if (before.energy === undefined || after.energy === undefined) return numbers;
  const tables = [before.energy, after.energy] as const;
  return [...numbers, ...energyKeys.flatMap((key) => differenceOf(key, energyFields[key].unit, tables))];
}

type NumberTable<K extends string> = { readonly [N in K]: number } & {
  readonly sources: { readonly [N in K]: string };
};

function differenceOf<K extends MachineKey | EnergyKey>(
  field: K,
  unit: string,
  [from, to]: readonly [NumberTable<K>, NumberTable<K>],
): readonly MachineDifference[] {
  const [before, after]: readonly [number, number] = [from[field], to[field]];
  if (before === after) return [];
  const ratio = before === 0 ? {} : { ratio: after / before };
  return [{ field, unit, before, after, ...ratio, beforeSource: from.sources[field], afterSource: to.sources[field] }];
}
