// The space of a sweep: what is varied, as a JSON file says it. A point is a number from 0; it stands for one choice of every axis, the last
// axis varying fastest, so that points need not be listed.

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { maxDimension } from "../../ir-spec/base/tensor.ts";

/** A field of a kernel's schedule, as it is written there. */
export type FieldChoice = number | boolean | string | readonly string[];

/** One thing that is varied, with the choices for it. */
export type Axis =
  | { readonly kind: "dim"; readonly name: string; readonly values: readonly number[] }
  | { readonly kind: "target"; readonly values: readonly string[] }
  | { readonly kind: "set"; readonly name: string; readonly values: readonly number[] }
  | { readonly kind: "schedule"; readonly values: readonly string[] }
  | { readonly kind: "field"; readonly kernel: string; readonly name: string; readonly values: readonly FieldChoice[] };

export interface Space {
  readonly axes: readonly Axis[];
  /** How many points it has. */
  readonly count: number;
}

/** What one point stands for. */
export interface Point {
  readonly dims: Readonly<Record<string, number>>;
  readonly target: string;
  readonly set: Readonly<Record<string, number>>;
  readonly schedule: string;
  /** Kernel -> field -> value. */
  readonly fields: Readonly<Record<string, Readonly<Record<string, FieldChoice>>>>;
}

/** Assumed: days of two cores for small graphs, and a file of results that fits in memory. */
export const maxPoints = 1_000_000;

const keys = ["dims", "targets", "set", "schedules", "fields"] as const;

/** Reads `space.json`; nothing in it is trusted. */
export function parseSpace(source: Source): Result<Space> {
  const read = readJson(source.text);
  if (!isObject(read)) return fail([wrongSpace(source, "expected an object")]);
  const unknown = Object.keys(read).filter((key) => !keys.some((known) => known === key));
  const found: Diagnostic[] = unknown.map((key) =>
    wrongSpace(source, `it has no \`${key}\`; expected some of ${keys.join(", ")}`),
  );
  const take = <T extends Axis>(axes: Result<readonly T[], string>): readonly T[] => {
    if (!axes.ok) found.push(wrongSpace(source, axes.error));
    return axes.ok ? axes.value : [];
  };
  const axes: readonly Axis[] = [
    ...take(namedAxes("dim", "dims", read.dims, isSize, `sizes from 1 to ${maxDimension}`)),
    ...take(listAxis("target", "targets", read.targets ?? ["trn2"])),
    ...take(namedAxes("set", "set", read.set, isFiniteNumber, "numbers")),
    ...take(listAxis("schedule", "schedules", read.schedules ?? ["heuristic"])),
    ...take(fieldAxes(read.fields)),
  ];
  if (found.length > 0) return fail(found);
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  return count > maxPoints
    ? fail([at(problem("E1641", { found: count, limit: maxPoints }), undefined)])
    : ok({ axes, count });
}

/** The choices of a point. */
export function pointAt({ axes }: Space, index: number): Point {
  const dims: Record<string, number> = {};
  const set: Record<string, number> = {};
  const fields: Record<string, Record<string, FieldChoice>> = {};
  let [target, schedule] = ["", ""];
  let rest = index;
  for (const axis of axes.toReversed()) {
    const place = rest % axis.values.length;
    rest = (rest - place) / axis.values.length;
    if (axis.kind === "dim") dims[axis.name] = axis.values[place] as number;
    else if (axis.kind === "set") set[axis.name] = axis.values[place] as number;
    else if (axis.kind === "target") target = axis.values[place] as string;
    else if (axis.kind === "schedule") schedule = axis.values[place] as string;
    else fields[axis.kernel] = { ...fields[axis.kernel], [axis.name]: axis.values[place] as FieldChoice };
  }
  return { dims: inOrder(dims), target, set: inOrder(set), schedule, fields: inOrder(fields, inOrder) };
}

/** The keys in the order of the axes, of which the last one was read first. */
function inOrder<T>(record: Readonly<Record<string, T>>, each: (value: T) => T = (value) => value): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record)
      .reverse()
      .map(([key, value]) => [key, each(value)]),
  );
}

const wrongSpace = ({ name }: Source, why: string): Diagnostic => at(problem("E1640", { file: name, why }), undefined);

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isFiniteNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isSize = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= maxDimension;
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** A name of the language, which is all that a key may be. */
const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text) && text !== "__proto__";
const isFieldChoice = (value: unknown): value is FieldChoice =>
  Number.isSafeInteger(value) ||
  typeof value === "boolean" ||
  (typeof value === "string" && isName(value)) ||
  (Array.isArray(value) && value.every((item) => typeof item === "string" && isName(item)));

/** A list of different values that are all of a kind. */
function valuesOf<T>(
  where: string,
  list: unknown,
  isValue: (value: unknown) => value is T,
  wanted: string,
): Result<readonly T[], string> {
  if (!Array.isArray(list) || list.length === 0 || !list.every(isValue)) {
    return fail(`\`${where}\` is not a list of ${wanted}`);
  }
  const distinct = new Set(list.map((value) => JSON.stringify(value)));
  return distinct.size === list.length ? ok(list) : fail(`\`${where}\` has a value twice`);
}

function listAxis(
  kind: "target" | "schedule",
  where: string,
  list: unknown,
): Result<readonly Extract<Axis, { kind: typeof kind }>[], string> {
  const values = valuesOf(where, list, isText, "names and files");
  return values.ok ? ok([{ kind, values: values.value }]) : values;
}

function namedAxes<K extends "dim" | "set">(
  kind: K,
  where: string,
  lists: unknown,
  isValue: (value: unknown) => value is number,
  wanted: string,
): Result<readonly { readonly kind: K; readonly name: string; readonly values: readonly number[] }[], string> {
  const entries = entriesOf(where, lists, isName);
  if (!entries.ok) return entries;
  const axes: { readonly kind: K; readonly name: string; readonly values: readonly number[] }[] = [];
  for (const [name, list] of entries.value) {
    const values = valuesOf(`${where}.${name}`, list, isValue, wanted);
    if (!values.ok) return values;
    axes.push({ kind, name, values: values.value });
  }
  return ok(axes);
}

function fieldAxes(kernels: unknown): Result<readonly Extract<Axis, { kind: "field" }>[], string> {
  const entries = entriesOf("fields", kernels, (name) => name === "*" || isName(name));
  if (!entries.ok) return entries;
  const axes: Extract<Axis, { kind: "field" }>[] = [];
  for (const [kernel, fields] of entries.value) {
    const where = `fields.${kernel}`;
    const lists = entriesOf(where, fields, isName);
    if (!lists.ok) return lists;
    for (const [name, list] of lists.value) {
      const values = valuesOf(
        `${where}.${name}`,
        list,
        isFieldChoice,
        "integers, names, truth values or lists of names",
      );
      if (!values.ok) return values;
      axes.push({ kind: "field", kernel, name, values: values.value });
    }
  }
  return ok(axes);
}

function entriesOf(
  where: string,
  value: unknown,
  isKey: (key: string) => boolean,
): Result<readonly (readonly [string, unknown])[], string> {
  if (value === undefined) return ok([]);
  if (!isObject(value)) return fail(`\`${where}\` is not an object`);
  const odd = Object.keys(value).find((key) => !isKey(key));
  return odd === undefined
    ? ok(Object.entries(value))
    : fail(`\`${where}\` has the key \`${odd}\`, which is not a name`);
}
