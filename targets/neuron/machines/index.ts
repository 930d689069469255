// The machines that ship with tgc. Their files hold every number of the target, each with its source.

import { type Machine, type MachineKey, machineKeys } from "../../../ir-spec/machine.ts";
import { type EnergyKey, energyKeys } from "../../../ir-spec/machine-energy.ts";
import { machineFingerprint } from "../encode/hash.ts";
import inf2 from "./inf2.json" with { type: "json" };
import tiny from "./tiny.json" with { type: "json" };
import tpuV5p from "./tpu-v5p.json" with { type: "json" };
import trn1 from "./trn1.json" with { type: "json" };
import trn2 from "./trn2.json" with { type: "json" };
import trn3 from "./trn3.json" with { type: "json" };

interface Numbered {
  readonly value: number;
  readonly source: string;
}

interface MachineFile {
  readonly name: string;
  readonly summary: string;
  /** A file that lacks a field does not compile. */
  readonly fields: { readonly [K in MachineKey]: Numbered };
  readonly energy?: { readonly [K in EnergyKey]: Numbered };
}

const machineFiles: readonly MachineFile[] = [trn2, trn1, trn3, inf2, tpuV5p, tiny];

export const machineNames: readonly string[] = machineFiles.map(({ name }) => name);

function fileToMachine({ name, summary, fields, energy }: MachineFile): Machine {
  const numbers = { name, summary, ...tableOf(machineKeys, fields) };
  return (energy === undefined ? numbers : { ...numbers, energy: tableOf(energyKeys, energy) }) as Machine;
}

/** Numbers by name, and their sources. */
function tableOf<K extends string>(keys: readonly K[], rows: { readonly [N in K]: Numbered }) {
  const values = Object.fromEntries(keys.map((key) => [key, rows[key].value]));
  return { ...values, sources: Object.fromEntries(keys.map((key) => [key, rows[key].source])) };
}

const machines: ReadonlyMap<string, Machine> = new Map(machineFiles.map((file) => [file.name, fileToMachine(file)]));

export function machineByName(name: string): Machine | undefined {
  return machines.get(name);
}

/** What is between the name of a shipped machine and the hash of other numbers. */
const hashSign = "#";

/** Digits of the hash: few enough to be read, enough that two copies on one desk differ. */
const hashDigits = 8;

/** A machine that has the name of a shipped one but other numbers is called `trn2#0123abcd`, after those. */
export function distinguishCopy(machine: Machine): Machine {
  const shipped = machineByName(machine.name);
  return shipped === undefined ? machine : distinguishFrom(shipped, machine);
}

/** The same of a machine that was made of any other one by changing numbers; equal numbers are the same machine. */
export function distinguishFrom(original: Machine, machine: Machine): Machine {
  const shipped = machineByName(nameOfOriginal(original.name));
  const fingerprint = machineFingerprint(machine);
  if (shipped !== undefined && machineFingerprint(shipped) === fingerprint) return { ...machine, name: shipped.name };
  if (machineFingerprint(original) === fingerprint) return { ...machine, name: original.name };
  return { ...machine, name: `${nameOfOriginal(original.name)}${hashSign}${fingerprint.slice(0, hashDigits)}` };
}

const nameOfOriginal = (name: string): string => name.split(hashSign)[0] ?? name;

/** The shipped machine whose name a distinguished copy has. */
export function originalOfCopy(name: string): string | undefined {
  const original = nameOfOriginal(name);
  return original !== name && machines.has(original) ? original : undefined;
}
