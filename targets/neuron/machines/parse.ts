// Reads a user's machine file. Errors point at the place in the JSON that is wrong; all are reported at once.

import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import {
  at,
  type Diagnostic,
  fail,
  type Note,
  ok,
  type Problem,
  problem,
  type Result,
} from "../../../ir-spec/base/result.ts";
import type { Source, Span } from "../../../ir-spec/base/span.ts";
import { nearest } from "../../../ir-spec/base/suggest.ts";
import { maxMistakes } from "../../../ir-spec/limits.ts";
import { type Machine, type MachineKey, machineFields, machineKeys } from "../../../ir-spec/machine.ts";
import { energyFields, energyKeys, type MachineEnergy } from "../../../ir-spec/machine-energy.ts";
import type { MachineField } from "../../../ir-spec/machine-field.ts";
import { findWrongRange } from "./change.ts";
import { distinguishCopy, machineByName, machineNames } from "./index.ts";
import { findContradictions } from "./rules.ts";

const schema = "tgc.machine/1";
/** Many times what a file with a page of text for each number has. */
const maxCharacters = 1024 * 1024;
const sourceForm = /^(documented|measured|assumed): \S/;

/** A property of a JSON object: its name's node and its value's. */
interface Property {
  readonly name: Node;
  readonly value: Node;
}
type Properties = ReadonlyMap<string, Property>;

/** Collects what is wrong with one file. */
interface Reader {
  readonly source: Source;
  readonly found: Diagnostic[];
}

function spanOf({ source }: Reader, node: Node): Span {
  return { source, start: node.offset, end: node.offset + node.length };
}

function report(reader: Reader, what: Problem, node: Node, notes: readonly Note[] = []): void {
  if (reader.found.length < maxMistakes) reader.found.push(at(what, spanOf(reader, node), notes));
}

function describeNode(node: Node): string {
  if (node.type === "string" || node.type === "number" || node.type === "boolean") return JSON.stringify(node.value);
  return node.type === "null" ? "null" : `an ${node.type}`;
}

/** The properties of an object by name; others than `known` and second ones are reported. */
function readObject(reader: Reader, node: Node, path: string, known: readonly string[]): Properties {
  const properties = new Map<string, Property>();
  if (node.type !== "object") {
    report(
      reader,
      problem("E1104", { path: path || "the file", found: describeNode(node), expected: "an object" }),
      node,
    );
    return properties;
  }
  for (const { children } of node.children ?? []) {
    const [name, value] = children ?? [];
    if (name === undefined || value === undefined) continue;
    const key = String(name.value);
    const keyPath = joinPath(path, key);
    if (properties.has(key)) report(reader, problem("E1108", { path: keyPath }), name);
    else if (!known.includes(key)) report(reader, problem("E1103", { path: keyPath }), name, suggestNames(key, known));
    properties.set(key, { name, value });
  }
  return properties;
}

const joinPath = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function suggestNames(name: string, known: readonly string[]): readonly Note[] {
  const names = nearest(name, known).map((near) => `\`${near}\``);
  return names.length === 0 ? [] : [{ text: `did you mean ${names.join(" or ")}?` }];
}

/** The value of a property that must be there and of the wanted JSON type. */
function readValue<T extends "string" | "number">(
  reader: Reader,
  properties: Properties,
  key: string,
  place: { readonly owner: Node; readonly path: string; readonly type: T },
): Node | undefined {
  const { owner, path, type } = place;
  const wanted = type === "string" ? "a text" : "a number";
  const node = properties.get(key)?.value;
  if (node === undefined) {
    if (owner.type === "object")
      report(reader, problem("E1102", { path: joinPath(path, key), expected: wanted }), owner);
    return undefined;
  }
  if (node.type === type) return node;
  report(reader, problem("E1104", { path: joinPath(path, key), found: describeNode(node), expected: wanted }), node);
  return undefined;
}

function readText(reader: Reader, properties: Properties, key: string, owner: Node): string {
  return String(readValue(reader, properties, key, { owner, path: "", type: "string" })?.value ?? "");
}

/** One field: its value in range, its source well formed. */
function readField(reader: Reader, path: string, field: MachineField, node: Node): { value: number; source: string } {
  const properties = readObject(reader, node, path, ["value", "source"]);
  const value = readValue(reader, properties, "value", { owner: node, path, type: "number" });
  const source = readValue(reader, properties, "source", { owner: node, path, type: "string" });
  if (value !== undefined) checkRange(reader, path, field, value);
  if (source !== undefined && !sourceForm.test(source.value)) {
    report(reader, problem("E1106", { path, found: source.value }), source);
  }
  return { value: Number(value?.value), source: String(source?.value) };
}

function checkRange(reader: Reader, path: string, field: MachineField, node: Node): void {
  const found = Number(node.value);
  const expected = findWrongRange(field, found);
  if (expected === undefined) return;
  report(reader, problem("E1105", { path, found, unit: field.unit, expected }), node);
}

interface Fields {
  readonly values: Readonly<Record<string, number>>;
  readonly sources: Readonly<Record<string, string>>;
}

/** The fields that are given; those that are not are the base's. */
function readFields(reader: Reader, node: Node, base: Machine | undefined): Fields {
  const properties = readObject(reader, node, "fields", machineKeys);
  const values: Record<string, number> = {};
  const sources: Record<string, string> = {};
  const missing: MachineKey[] = [];
  for (const key of machineKeys) {
    const property = properties.get(key);
    if (property === undefined) {
      if (base === undefined) missing.push(key);
      continue;
    }
    const field = readField(reader, `fields.${key}`, machineFields[key], property.value);
    values[key] = field.value;
    sources[key] = field.source;
  }
  if (missing.length > 0 && node.type === "object") reportMissing(reader, node, missing);
  return { values, sources };
}

/** The energies that a file gives, all of them or what differs from the base's; undefined where there are none. */
function readEnergy(
  reader: Reader,
  node: Node | undefined,
  base: MachineEnergy | undefined,
): MachineEnergy | undefined {
  if (node === undefined) return base;
  const properties = readObject(reader, node, "energy", energyKeys);
  const values: Record<string, number> = {};
  const sources: Record<string, string> = {};
  for (const key of energyKeys) {
    const path = `energy.${key}`;
    const property = properties.get(key);
    if (property === undefined) {
      const what = `${energyFields[key].summary} (${energyFields[key].unit})`;
      const isMissing = base === undefined && node.type === "object";
      if (isMissing) report(reader, problem("E1102", { path, expected: what }), node);
      continue;
    }
    const field = readField(reader, path, energyFields[key], property.value);
    values[key] = field.value;
    sources[key] = field.source;
  }
  // What is missing was reported, and the file is refused.
  return { ...base, ...values, sources: { ...base?.sources, ...sources } } as MachineEnergy;
}

/** Names in a line; where there are no more than these, each is described. */
const namesOfLine = 8;

function reportMissing(reader: Reader, node: Node, missing: readonly MachineKey[]): void {
  const describe = (key: MachineKey): string => `${key}: ${machineFields[key].summary} (${machineFields[key].unit})`;
  const lines =
    missing.length <= namesOfLine
      ? missing.map(describe)
      : missing.flatMap((_key, at) => (at % namesOfLine === 0 ? [missing.slice(at, at + namesOfLine).join(", ")] : []));
  const counts = { found: missing.length, expected: machineKeys.length };
  report(
    reader,
    problem("E1109", counts),
    node,
    lines.map((text) => ({ text })),
  );
}

/** The shipped machine that the file is based on, if it says so. */
function readBase(reader: Reader, properties: Properties): Machine | undefined {
  const node = properties.get("extends")?.value;
  if (node === undefined) return undefined;
  const base = node.type === "string" ? machineByName(String(node.value)) : undefined;
  if (base !== undefined) return base;
  const expected = `one of ${machineNames.join(", ")}`;
  const args = { path: "extends", found: describeNode(node), expected };
  report(reader, problem("E1104", args), node, suggestNames(String(node.value), machineNames));
  return undefined;
}

/** The tree of the text; undefined where it is nested so deeply that the parser, which works by recursion, gives up. */
function parseText(text: string, errors: ParseError[]): { readonly tree: Node | undefined } | undefined {
  try {
    return { tree: parseTree(text, errors, { disallowComments: true }) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function parseJson(source: Source): Result<Node> {
  const { name: file, text } = source;
  const top = { source, start: 0, end: 0 };
  if (text.length > maxCharacters) {
    const args = { file, found: text.length, unit: "characters", limit: maxCharacters };
    return fail([at(problem("E0107", args), top)]);
  }
  const errors: ParseError[] = [];
  const parsed = parseText(text, errors);
  if (parsed === undefined) return fail([at(problem("E1101", { found: "brackets nested too deeply" }), top)]);
  const { tree } = parsed;
  const [first] = errors;
  if (tree !== undefined && first === undefined) return ok(tree);
  const { offset: start, length } = first ?? { offset: 0, length: 0 };
  const found = first === undefined ? "it is empty" : sayParseError(printParseErrorCode(first.error));
  return fail([at(problem("E1101", { found }), { source, start, end: start + length })]);
}

/** `ValueExpected` -> `value expected`. */
const sayParseError = (name: string): string => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

/**
 * Reads and checks a machine file; a failure holds everything that is wrong with it, with its place. A changed copy of a
 * shipped machine that keeps its name is distinguished by its numbers (`distinguishCopy`).
 */
export function parseMachine(source: Source): Result<Machine> {
  const json = parseJson(source);
  if (!json.ok) return json;
  const root = json.value;
  const reader: Reader = { source, found: [] };
  const properties = readObject(reader, root, "", ["schema", "name", "summary", "extends", "fields", "energy"]);
  readSchema(reader, properties, root);
  const base = readBase(reader, properties);
  const textOf = (key: "name" | "summary"): string =>
    base !== undefined && !properties.has(key) ? base[key] : readText(reader, properties, key, root);
  const [name, summary] = [textOf("name"), textOf("summary")];
  const fields = properties.get("fields")?.value;
  // Which fields are missing is not known before it is known which machine the file extends.
  const isBaseUnknown = base === undefined && properties.has("extends");
  if (fields === undefined && !properties.has("extends") && root.type === "object") {
    report(reader, problem("E1102", { path: "fields", expected: "an object with the machine's numbers" }), root);
  }
  if (isBaseUnknown || (fields === undefined && base === undefined)) return fail(reader.found);
  const { values, sources } = fields === undefined ? noFields : readFields(reader, fields, base);
  const energy = readEnergy(reader, properties.get("energy")?.value, base?.energy);
  if (reader.found.length > 0) return fail(reader.found);
  const all = {
    ...base,
    ...values,
    name,
    summary,
    sources: { ...base?.sources, ...sources },
    ...(energy && { energy }),
  };
  const machine = all as Machine;
  return refuseContradictions(reader, machine, fields ?? root);
}

const noFields: Fields = { values: {}, sources: {} };

function readSchema(reader: Reader, properties: Properties, root: Node): void {
  const node = readValue(reader, properties, "schema", { owner: root, path: "", type: "string" });
  if (node === undefined || node.value === schema) return;
  const args = { path: "schema", found: describeNode(node), expected: JSON.stringify(schema) };
  report(reader, problem("E1104", args), node);
}

function refuseContradictions(reader: Reader, machine: Machine, fields: Node): Result<Machine> {
  for (const { field, found, wanted } of findContradictions(machine)) {
    const place = fields.children?.find(({ children }) => children?.[0]?.value === field);
    report(reader, problem("E1107", { path: `fields.${field}`, found, expected: wanted }), place ?? fields);
  }
  return reader.found.length > 0 ? fail(reader.found) : ok(distinguishCopy(machine));
}
