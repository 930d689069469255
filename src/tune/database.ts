// The database of tuned schedules: what was found for a kernel on a machine by a version of tgc, as a JSON file that grows. A kernel is
// known by the hash of its key, which names and places do not change, so that it is found again in other programs.

import { type AttrValue, fitsKind } from "../../ir-spec/base/attr.ts";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { GivenFields } from "../../passes/lower/kinds/define.ts";
import { fieldsOfKind, type KernelKind, kernelKindNames } from "../../passes/lower/kinds/index.ts";
import type { ChooseFields, OpenKernel } from "../../passes/lower/open-kernel.ts";
import { fits, measureRoom } from "../../passes/schedule/measure.ts";
import { machineFingerprint } from "../../targets/neuron/encode/hash.ts";
import { hashText } from "../diff/normal/hash.ts";
import type { Tuned } from "./tune-graph.ts";

const schema = "tgc.tuned/1";

export interface TunedEntry {
  readonly kernel: string;
  /** The hash of a machine's numbers. */
  readonly machine: string;
  readonly version: string;
  readonly kind: KernelKind;
  readonly fields: GivenFields;
  /** Of the kernel alone, launch and end included. */
  readonly timeNs: number;
  readonly heuristicNs: number;
}

/** What entries must have in common with a search. */
export interface TunedFor {
  readonly machine: Machine;
  readonly version: string;
}

/** Reads a database; nothing in it is trusted. */
export function parseTuned(file: string, text: string): Result<readonly TunedEntry[]> {
  const wrong = (why: string) => fail([at(problem("E1601", { file, why }), undefined)]);
  const read = readJson(text);
  if (!isObject(read) || read.schema !== schema || !Array.isArray(read.entries)) {
    return wrong(`expected an object with "schema": "${schema}" and a list of entries`);
  }
  const entries: TunedEntry[] = [];
  for (const [index, entry] of (read.entries as readonly unknown[]).entries()) {
    const why = whyNoEntry(entry);
    if (why !== undefined) return wrong(`entry ${index}: ${why}`);
    entries.push(entry as TunedEntry);
  }
  return ok(entries);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function whyNoEntry(entry: unknown): string | undefined {
  if (!isObject(entry)) return "expected an object";
  const texts = ["kernel", "machine", "version"].filter((name) => typeof entry[name] !== "string");
  const numbers = ["timeNs", "heuristicNs"].filter((name) => !Number.isFinite(entry[name]));
  const [odd] = [...texts, ...numbers];
  if (odd !== undefined) return `\`${odd}\` is not ${texts.includes(odd) ? "a text" : "a number"}`;
  const kind = kernelKindNames.find((name) => name === entry.kind);
  if (kind === undefined) return `expected a kind of kernel, one of ${kernelKindNames.join(", ")}`;
  return isObject(entry.fields) ? whyNoFields(fieldsOfKind(kind), entry.fields) : "`fields` is not an object";
}

/** All fields of the kind are there, and no other one. */
function whyNoFields(
  specs: ReturnType<typeof fieldsOfKind>,
  fields: Readonly<Record<string, unknown>>,
): string | undefined {
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(specs, name));
  if (unknown !== undefined) return `there is no field \`${unknown}\``;
  const odd = Object.entries(specs).find(([name, spec]) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return !isAttrValue(value) || !fitsKind(spec, value) || !isPermutation(spec, value);
  });
  return odd === undefined ? undefined : `\`${odd[0]}\` has no value that the field can have`;
}

function isAttrValue(value: unknown): value is AttrValue {
  const isPlain = ["number", "boolean", "string"].includes(typeof value);
  return isPlain || (Array.isArray(value) && value.every((item) => typeof item === "string"));
}

function isPermutation(
  spec: { readonly kind: string; readonly choices?: readonly string[] },
  value: AttrValue,
): boolean {
  return spec.kind !== "names" || new Set(value as readonly string[]).size === spec.choices?.length;
}

export function printTuned(entries: readonly TunedEntry[]): string {
  const lines = entries.map((entry) => `\n    ${JSON.stringify(entry)}`);
  return `{\n  "schema": "${schema}",\n  "entries": [${lines.join(",")}\n  ]\n}\n`;
}

/** The hash that a kernel is known by. */
export const kernelHash = (kernel: OpenKernel): string => hashText(`${kernel.kind} ${kernel.key}`);

/** The database with what a search found; of two entries for one kernel the faster one stays. */
export function addTuned(
  entries: readonly TunedEntry[],
  tuned: Tuned,
  { machine, version }: TunedFor,
): readonly TunedEntry[] {
  const known = new Map(entries.map((entry) => [identity(entry), entry]));
  const fingerprint = machineFingerprint(machine);
  for (const { kernel, found, isKept } of tuned.kernels) {
    const { fields, timeNs, startNs } = found;
    if (!isKept || timeNs === undefined || startNs === undefined) continue;
    const entry = {
      kernel: kernelHash(kernel),
      machine: fingerprint,
      version,
      kind: kernel.kind,
      fields,
      timeNs,
      heuristicNs: startNs,
    };
    const old = known.get(identity(entry));
    if (old === undefined || old.timeNs > timeNs) known.set(identity(entry), entry);
  }
  return [...known.values()];
}

const identity = ({ kernel, machine, version }: TunedEntry): string => `${kernel} ${machine} ${version}`;

/** The fields that a database has for a kernel; undefined where it has none, or none that is of its kind and fits. */
export function findTuned(entries: readonly TunedEntry[], { machine, version }: TunedFor) {
  const fingerprint = machineFingerprint(machine);
  const own = entries.filter((entry) => entry.machine === fingerprint && entry.version === version);
  const known = new Map(own.map((entry) => [entry.kernel, entry]));
  return (kernel: OpenKernel): GivenFields | undefined => {
    const entry = known.get(kernelHash(kernel));
    if (entry === undefined || entry.kind !== kernel.kind || !keepsGiven(kernel, entry.fields)) return undefined;
    const { body, bufferInfo } = kernel.lower(entry.fields);
    return fits(measureRoom(body, bufferInfo, machine), machine) ? entry.fields : undefined;
  };
}

/** Whether fields that are given have the values that they have in the kernel. */
function keepsGiven({ given }: OpenKernel, fields: GivenFields): boolean {
  const fixed = Object.entries(given).filter(([name]) => name !== "others");
  return fixed.every(([name, value]) => JSON.stringify(value) === JSON.stringify(fields[name]));
}

/** Takes what a database has; else what the strategy chose. */
export function chooseTuned(entries: readonly TunedEntry[], which: TunedFor): ChooseFields {
  const find = findTuned(entries, which);
  return (kernel) => find(kernel) ?? kernel.chosen;
}
