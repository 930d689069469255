// Other numbers for a machine, as given one by one: checked like those of a machine file, with no place to point at.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { type Machine, machineFields, machineKeys } from "../../../ir-spec/machine.ts";
import { energyFields, energyKeys, type MachineEnergy } from "../../../ir-spec/machine-energy.ts";
import type { MachineField } from "../../../ir-spec/machine-field.ts";
import { distinguishFrom } from "./index.ts";
import { findContradictions } from "./rules.ts";

/** A field's name, which may be none, and its new value. */
export interface MachineChange {
  readonly name: string;
  readonly value: number;
}

const source = "assumed: set for this run";

const isEnergy = (name: string): boolean => Object.hasOwn(energyFields, name);

/** The row of a number; energies are numbers of machines that have them. */
function fieldOf(machine: Machine, name: string): MachineField | undefined {
  const rows: Readonly<Record<string, MachineField>> = machine.energy === undefined ? machineFields : allFields;
  return Object.hasOwn(rows, name) ? rows[name] : undefined;
}

const allFields = { ...machineFields, ...energyFields };

/** The machine with some numbers changed, distinguished by them; fails with everything that is wrong with the changes. */
export function changeMachine(machine: Machine, changes: readonly MachineChange[]): Result<Machine> {
  if (changes.length === 0) return ok(machine);
  const wrong = changes.flatMap((change) => findWrongChange(machine, change) ?? []);
  if (wrong.length > 0) return fail(wrong);
  const numbers = withChanges(
    machine,
    changes.filter(({ name }) => !isEnergy(name)),
  );
  const energy =
    machine.energy &&
    withChanges(
      machine.energy,
      changes.filter(({ name }) => isEnergy(name)),
    );
  const changed: Machine = { ...numbers, ...(energy && { energy }) };
  const contradictions = findContradictions(changed).map(({ field, found, wanted }) =>
    at(problem("E1107", { path: field, found, expected: wanted }), undefined),
  );
  return contradictions.length > 0 ? fail(contradictions) : ok(distinguishFrom(machine, changed));
}

function withChanges<T extends Machine | MachineEnergy>(table: T, changes: readonly MachineChange[]): T {
  const values = Object.fromEntries(changes.map(({ name, value }) => [name, value]));
  const sources = Object.fromEntries(changes.map(({ name }) => [name, source]));
  return { ...table, ...values, sources: { ...table.sources, ...sources } };
}

function findWrongChange(machine: Machine, { name, value }: MachineChange): Diagnostic | undefined {
  const field = fieldOf(machine, name);
  if (field === undefined) {
    const known = machine.energy === undefined ? machineKeys : [...machineKeys, ...energyKeys];
    return at(problem("E1103", { path: name }), undefined, suggest(name, known).notes);
  }
  const expected = findWrongRange(field, value);
  if (expected === undefined) return undefined;
  return at(problem("E1105", { path: name, found: value, unit: field.unit, expected }), undefined);
}

/** Which numbers a field takes, where it does not take this one. */
export function findWrongRange({ min, max, integer }: MachineField, value: number): string | undefined {
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return undefined;
  return `${integer ? "an integer" : "a number"} from ${min} to ${max}`;
}
