// Other numbers for a machine, as given one by one: checked like those of a machine file, with no place to point at.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { type Machine, type MachineKey, machineFields, machineKeys } from "../../../ir-spec/machine.ts";
import { distinguishFrom } from "./index.ts";
import { findContradictions } from "./rules.ts";

/** A field's name, which may be none, and its new value. */
export interface MachineChange {
  readonly name: string;
  readonly value: number;
}

const source = "assumed: set for this run";

const isKey = (name: string): name is MachineKey => Object.hasOwn(machineFields, name);

/** The machine with some numbers changed, distinguished by them; fails with everything that is wrong with the changes. */
export function changeMachine(machine: Machine, changes: readonly MachineChange[]): Result<Machine> {
  if (changes.length === 0) return ok(machine);
  const wrong = changes.flatMap(({ name, value }) => findWrongChange(name, value) ?? []);
  if (wrong.length > 0) return fail(wrong);
  const values = Object.fromEntries(changes.map(({ name, value }) => [name, value]));
  const sources = Object.fromEntries(changes.map(({ name }) => [name, source]));
  const changed: Machine = { ...machine, ...values, sources: { ...machine.sources, ...sources } };
  const contradictions = findContradictions(changed).map(({ field, found, wanted }) =>
    at(problem("E1107", { path: field, found, expected: wanted }), undefined),
  );
  return contradictions.length > 0 ? fail(contradictions) : ok(distinguishFrom(machine, changed));
}

function findWrongChange(name: string, value: number): Diagnostic | undefined {
  if (!isKey(name)) return at(problem("E1103", { path: name }), undefined, suggest(name, machineKeys).notes);
  const expected = findWrongRange(name, value);
  if (expected === undefined) return undefined;
  const { unit } = machineFields[name];
  return at(problem("E1105", { path: name, found: value, unit, expected }), undefined);
}

/** Which numbers a field takes, where it does not take this one. */
export function findWrongRange(key: MachineKey, value: number): string | undefined {
  const { min, max, integer } = machineFields[key];
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return undefined;
  return `${integer ? "an integer" : "a number"} from ${min} to ${max}`;
}
