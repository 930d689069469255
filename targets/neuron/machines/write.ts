// A machine as the text of a machine file: all of its numbers, or what it changes of a shipped one. `parseMachine` reads it.

import { type Machine, machineKeys } from "../../../ir-spec/machine.ts";
import { energyKeys } from "../../../ir-spec/machine-energy.ts";

interface MachineText {
  readonly name: string;
  readonly summary: string;
  /** Of which shipped machine only what differs is written; all numbers without it. */
  readonly base?: Machine;
}

export function writeMachine(machine: Machine, { name, summary, base }: MachineText): string {
  const keys = base === undefined ? machineKeys : machineKeys.filter((key) => base[key] !== machine[key]);
  const { energy } = machine;
  const changed = energyKeys.filter((key) => energy?.[key] !== base?.energy?.[key]);
  const lines = [
    '  "schema": "tgc.machine/1"',
    `  "name": ${JSON.stringify(name)}`,
    `  "summary": ${JSON.stringify(summary)}`,
    ...(base === undefined ? [] : [`  "extends": ${JSON.stringify(base.name)}`]),
    sectionText("fields", keys, machine),
    ...(energy === undefined || changed.length === 0 ? [] : [sectionText("energy", changed, energy)]),
  ];
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** A part of the file: numbers with their sources. */
function sectionText<K extends string>(
  name: string,
  keys: readonly K[],
  table: { readonly [N in K]: number } & { readonly sources: { readonly [N in K]: string } },
): string {
  const lines = keys.map(
    (key) => `    ${JSON.stringify(key)}: { "value": ${table[key]}, "source": ${JSON.stringify(table.sources[key])} }`,
  );
  return `  "${name}": {${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n  `}}`;
}
