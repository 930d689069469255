// What distinguishes two machines: the numbers that differ, each with both sources.

import { type Machine, type MachineKey, machineFields, machineKeys } from "../../../ir-spec/machine.ts";

export interface MachineDifference {
  readonly field: MachineKey;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** Absent where the first is 0. */
  readonly ratio?: number;
  readonly beforeSource: string;
  readonly afterSource: string;
}

/** In the order of the table of fields. */
export function diffMachines(before: Machine, after: Machine): readonly MachineDifference[] {
  const changed = machineKeys.filter((key) => before[key] !== after[key]);
  return changed.map((field) => ({
    field,
    unit: machineFields[field].unit,
    before: before[field],
    after: after[field],
    ...(before[field] === 0 ? {} : { ratio: after[field] / before[field] }),
    beforeSource: before.sources[field],
    afterSource: after.sources[field],
  }));
}
