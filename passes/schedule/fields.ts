// Schedules as data: defaults, what a user's schedule says of a kernel, and the text form for reports.

import {
  type AttrSpecs,
  type AttrValue,
  attrValuesEqual,
  describeKind,
  fitsKind,
  printAttrValue,
} from "../../ir-spec/base/attr.ts";
import { at, type Diagnostic, problem } from "../../ir-spec/base/result.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";

/** What the schedule says of a kernel: its own entries go before those for all kernels, wherever they are. */
export function fieldsFor(
  schedule: Schedule | undefined,
  kernel: string,
  known: AttrSpecs,
): Readonly<Record<string, AttrValue>> {
  const entries = schedule?.kernels ?? [];
  const forAll = entries.filter((entry) => entry.kernel === "*").flatMap((entry) => Object.entries(entry.fields));
  const own = entries.filter((entry) => entry.kernel === kernel).flatMap((entry) => Object.entries(entry.fields));
  return Object.fromEntries([...forAll.filter(([name]) => Object.hasOwn(known, name)), ...own]);
}

/** Whether an entry for the kernel itself, not one for all, says something of a field. */
export function namesField(schedule: Schedule | undefined, kernel: string, field: string): boolean {
  return (schedule?.kernels ?? []).some((entry) => entry.kernel === kernel && Object.hasOwn(entry.fields, field));
}

/** Fields that a kind of kernel does not have, and values that are not of a field's kind. */
export function checkFields(
  fields: Readonly<Record<string, AttrValue>>,
  kernel: string,
  kind: { readonly name: string; readonly fields: AttrSpecs },
): readonly Diagnostic[] {
  return Object.entries(fields).flatMap(([name, value]): readonly Diagnostic[] => {
    const spec = Object.hasOwn(kind.fields, name) ? kind.fields[name] : undefined;
    if (spec === undefined) return [at(problem("E0603", { kind: kind.name, kernel, field: name }), undefined)];
    const isPermutation = spec.kind !== "names" || new Set(value as readonly string[]).size === spec.choices.length;
    if (fitsKind(spec, value) && isPermutation) return [];
    const found = printAttrValue(spec, value);
    return [at(problem("E0604", { field: name, kernel, found, expected: describeKind(spec) }), undefined)];
  });
}

/** `block_n=2, load_rhs=block_1`: the fields that differ from their defaults, in the table's order; as a schedule may have them. */
export function printFields(fields: AttrSpecs, values: Readonly<Record<string, AttrValue>>): string {
  const shown = Object.entries(fields).flatMap(([name, spec]) => {
    const value = values[name] ?? null;
    const isDefault = attrValuesEqual(value, spec.default ?? null);
    return isDefault ? [] : [`${name}=${printAttrValue(spec, value).replaceAll('"', "")}`];
  });
  return shown.join(", ");
}
