// Machines as a person reads them: all numbers with their sources, and what distinguishes two.

import { toThreeDigits } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { type Machine, machineFields, machineKeys } from "../../ir-spec/machine.ts";
import { energyFields, energyKeys } from "../../ir-spec/machine-energy.ts";
import type { MachineDifference } from "../../targets/neuron/machines/diff.ts";
import { left, right, textTable } from "./text-table.ts";

/** Every number with its unit and its source. */
export function printMachine(machine: Machine): string {
  const { energy } = machine;
  const rows = [
    ...machineKeys.map((key) => [key, String(machine[key]), machineFields[key].unit, machine.sources[key]]),
    ...(energy === undefined
      ? []
      : energyKeys.map((key) => [`energy.${key}`, String(energy[key]), energyFields[key].unit, energy.sources[key]])),
  ];
  const columns = [left("field"), right("value"), left("unit"), left("source")];
  return `${showName(`${machine.name}: ${machine.summary}`)}\n${textTable(columns, rows)}`;
}

export function printMachineDiff(before: Machine, after: Machine, found: readonly MachineDifference[]): string {
  if (found.length === 0) return `${showName(before.name)} and ${showName(after.name)} have the same numbers\n`;
  const rows = found.map(({ field, unit, before: from, after: to, ratio }) => [
    field,
    String(from),
    String(to),
    ratio === undefined ? "" : `x${toThreeDigits(ratio)}`,
    unit,
    { ...machineFields, ...energyFields }[field].summary,
  ]);
  const columns = [left("field"), right(before.name), right(after.name), right("ratio"), left("unit"), left("meaning")];
  return textTable(columns, rows);
}
