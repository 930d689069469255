// A machine as the text of a machine file: all of its numbers, or what it changes of a shipped one. `parseMachine` reads it.

import { type Machine, type MachineKey, machineKeys } from "../../../ir-spec/machine.ts";
import { diffMachines } from "./diff.ts";

interface MachineText {
  readonly name: string;
  readonly summary: string;
  /** Of which shipped machine only what differs is written; all numbers without it. */
  readonly base?: Machine;
}

export function writeMachine(machine: Machine, { name, summary, base }: MachineText): string {
  const keys = base === undefined ? machineKeys : diffMachines(base, machine).map(({ field }) => field);
  const fieldLine = (key: MachineKey): string =>
    `    ${JSON.stringify(key)}: { "value": ${machine[key]}, "source": ${JSON.stringify(machine.sources[key])} }`;
  const lines = [
    '  "schema": "tgc.machine/1"',
    `  "name": ${JSON.stringify(name)}`,
    `  "summary": ${JSON.stringify(summary)}`,
    ...(base === undefined ? [] : [`  "extends": ${JSON.stringify(base.name)}`]),
    `  "fields": {${keys.length === 0 ? "" : `\n${keys.map(fieldLine).join(",\n")}\n  `}}`,
  ];
  return `{\n${lines.join(",\n")}\n}\n`;
}
