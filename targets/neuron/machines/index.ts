// The machines that ship with tgc. Their files hold every number of the target, each with its source.

import { type Machine, type MachineKey, machineKeys } from "../../../ir-spec/machine.ts";
import inf2 from "./inf2.json" with { type: "json" };
import tiny from "./tiny.json" with { type: "json" };
import tpuV5p from "./tpu-v5p.json" with { type: "json" };
import trn1 from "./trn1.json" with { type: "json" };
import trn2 from "./trn2.json" with { type: "json" };
import trn3 from "./trn3.json" with { type: "json" };

interface MachineFile {
  readonly name: string;
  readonly summary: string;
  /** A file that lacks a field does not compile. */
  readonly fields: { readonly [K in MachineKey]: { readonly value: number; readonly source: string } };
}

const machineFiles: readonly MachineFile[] = [trn2, trn1, trn3, inf2, tpuV5p, tiny];

export const machineNames: readonly string[] = machineFiles.map(({ name }) => name);

function fileToMachine({ name, summary, fields }: MachineFile): Machine {
  const values = Object.fromEntries(machineKeys.map((key) => [key, fields[key].value]));
  const sources = Object.fromEntries(machineKeys.map((key) => [key, fields[key].source]));
  return { name, summary, ...values, sources } as Machine;
}

const machines: ReadonlyMap<string, Machine> = new Map(machineFiles.map((file) => [file.name, fileToMachine(file)]));

export function machineByName(name: string): Machine | undefined {
  return machines.get(name);
}
