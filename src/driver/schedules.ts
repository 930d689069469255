// Schedules as written in a `.tg` file -> `Schedule` (ir-spec/schedule.ts), checked against the table of fields, with the
// places of what was written, so that a complaint of the lowering points at the line.

import { type AttrKind, describeKind, fitsKind } from "../../ir-spec/base/attr.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Span } from "../../ir-spec/base/span.ts";
import { type Suggestion, suggest } from "../../ir-spec/base/suggest.ts";
import { type FusionMode, fusionModes } from "../../ir-spec/fusion-mode.ts";
import { type KernelSchedule, type RenamedField, renamedFields, type Schedule } from "../../ir-spec/schedule.ts";
import { fieldsOfKind, kernelKindNames } from "../../passes/lower/kinds/index.ts";
import type { Remark } from "../../passes/pass.ts";
import type { AstModule, Expr, ScheduleDecl, ScheduleEntry, ScheduleKernel } from "../text/ast.ts";

/** A schedule, and where its parts were written. */
export interface WrittenSchedule {
  readonly schedule: Schedule;
  readonly decl: ScheduleDecl;
}

/** What could be read of a schedule, and what is wrong with the rest. */
export interface ReadSchedule extends WrittenSchedule {
  readonly wrong: readonly Diagnostic[];
}

interface Found<W> {
  readonly written?: W;
  readonly others: readonly string[];
}

type FieldValue = KernelSchedule["fields"][string];

/** The kinds that a field of this name has in the different kinds of kernels. */
export function kindsOfField(field: string): readonly AttrKind[] {
  return kernelKindNames.flatMap((kind) => {
    const fields = fieldsOfKind(kind);
    return Object.hasOwn(fields, field) ? (fields[field] ?? []) : [];
  });
}

const fieldNames: readonly string[] = [...new Set(kernelKindNames.flatMap((kind) => Object.keys(fieldsOfKind(kind))))];

/**
 * Picks the schedule of a graph: the one that is named, else the only one. None, and no mistake, where the module has
 * several and none is named, or has none; see `others` for those that were skipped.
 */
export function pickSchedule(
  module: AstModule,
  graph: string,
  name: string | undefined,
): Result<Found<WrittenSchedule>> {
  const found = findSchedule(module, graph, name);
  if (!found.ok) return found;
  const wrong = found.value.written?.wrong ?? [];
  return wrong.length > 0 ? fail(wrong) : found;
}

/** The same, with what is wrong with the schedule's fields beside it. */
export function findSchedule(module: AstModule, graph: string, name: string | undefined): Result<Found<ReadSchedule>> {
  const decls = module.items.filter((item) => item.kind === "schedule").filter((decl) => decl.graph.name === graph);
  const chosen = name === undefined ? decls : decls.filter((decl) => decl.name.name === name);
  const [only] = chosen;
  const others = decls.map((decl) => decl.name.name).filter((other) => other !== only?.name.name);
  if (only === undefined && name !== undefined) return fail([noSchedule(module, graph, others, ` called ${name}`)]);
  if (only === undefined || chosen.length > 1) return ok({ others: decls.map((decl) => decl.name.name) });
  return ok({ written: readSchedule(only), others });
}

/** The schedule of a graph in a file given for it: exactly one, or the named one. */
export function takeSchedule(module: AstModule, graph: string, name: string | undefined): Result<WrittenSchedule> {
  const found = demandSchedule(module, graph, name);
  return found.ok && found.value.wrong.length > 0 ? fail(found.value.wrong) : found;
}

/** The same, with what is wrong with the schedule's fields beside it. */
export function demandSchedule(module: AstModule, graph: string, name: string | undefined): Result<ReadSchedule> {
  const found = findSchedule(module, graph, name);
  if (!found.ok) return found;
  const { written, others } = found.value;
  return written === undefined ? fail([noSchedule(module, graph, others, "")]) : ok(written);
}

function noSchedule(module: AstModule, graph: string, names: readonly string[], wanted: string): Diagnostic {
  const found = names.length === 0 ? "no schedule" : `the schedules ${names.join(", ")}`;
  return at(problem("E1312", { file: module.source.name, graph, found, expected: wanted }), undefined);
}

/** Checks a schedule's fields and values; all mistakes are reported at once. */
export function readSchedule(decl: ScheduleDecl): ReadSchedule {
  const kernels: KernelSchedule[] = [];
  const wrong: Diagnostic[] = [];
  const fusions: FusionMode[] = [];
  for (const kernel of decl.kernels) {
    const fields: Record<string, FieldValue> = {};
    for (const entry of kernel.entries) {
      if (saysFusion(kernel, entry)) {
        const fusion = readFusion(kernel, entry, fusions.length > 0);
        if (fusion.ok) fusions.push(fusion.value);
        else wrong.push(fusion.error);
        continue;
      }
      const value = readEntry(kernel, entry, Object.hasOwn(fields, entry.name.name));
      if (value.ok) fields[entry.name.name] = value.value;
      else wrong.push(value.error);
    }
    kernels.push({ kernel: kernel.name.name, fields });
  }
  const [fusion] = fusions;
  const schedule = { name: decl.name.name, graph: decl.graph.name, kernels, ...(fusion && { fusion }) };
  return { schedule, decl, wrong };
}

/** `kernel * { fuse=off }`: what is said of all kernels together. */
function saysFusion({ name: kernel }: ScheduleKernel, { name: field }: ScheduleEntry): boolean {
  return kernel.name === "*" && field.name === fusionField;
}

/** The field that says which ops run as one kernel. */
export const fusionField = "fuse";

function readFusion(
  { name: { name: kernel } }: ScheduleKernel,
  { name: { name: field, span }, value }: ScheduleEntry,
  isSecond: boolean,
): Result<FusionMode, Diagnostic> {
  if (isSecond) return fail(at(problem("E0206", { op: `kernel ${kernel}`, name: field }), span));
  const mode = fusionModes.find((each) => each === fieldValue(value));
  if (mode !== undefined) return ok(mode);
  const found = value.span.source.text.slice(value.span.start, value.span.end);
  const expected = `one of ${fusionModes.map((each) => `"${each}"`).join(", ")}`;
  return fail(at(problem("E0604", { field, kernel, found, expected }), value.span));
}

function readEntry(
  { name: { name: kernel } }: ScheduleKernel,
  entry: ScheduleEntry,
  isSecond: boolean,
): Result<FieldValue, Diagnostic> {
  const { name: field, span } = entry.name;
  const kinds = kindsOfField(field);
  if (kinds.length === 0) {
    const { notes, fix } = suggestField(entry);
    return fail(at(problem("E0603", { kind: "the", kernel, field }), span, notes, fix));
  }
  if (isSecond) return fail(at(problem("E0206", { op: `kernel ${kernel}`, name: field }), span));
  const value = fieldValue(entry.value);
  if (value !== undefined && kinds.some((kind) => fitsKind(kind, value))) return ok(value);
  const wanted = [...new Set(kinds.map(describeKind))].join(", or ");
  const { source, start, end } = entry.value.span;
  const found = source.text.slice(start, end);
  return fail(at(problem("E0604", { field, kernel, found, expected: wanted }), entry.value.span));
}

/** The new name of a renamed field, with its value; for others the nearest names. */
function suggestField({ name: { name: field, span }, value }: ScheduleEntry): Suggestion {
  if (!Object.hasOwn(renamedFields, field)) return suggest(field, fieldNames, span);
  const { to, values } = renamedFields[field] as RenamedField;
  const old = fieldValue(value);
  const isRenamedValue = typeof old === "string" && Object.hasOwn(values, old);
  const { source, start, end } = value.span;
  const text = isRenamedValue ? `"${values[old]}"` : source.text.slice(start, end);
  const replacement = `${to}=${text}`;
  return {
    notes: [{ text: `\`${field}\` was renamed to \`${to}\`` }],
    fix: { span: { source, start: span.start, end }, replacement, title: `write \`${replacement}\`` },
  };
}

/** What an expression of a schedule means: numbers, words, and lists of words. */
function fieldValue(expr: Expr): FieldValue | undefined {
  switch (expr.kind) {
    case "number":
      return expr.value;
    case "negate":
      return expr.operand.kind === "number" ? -expr.operand.value : undefined;
    case "string":
      return expr.value;
    case "name":
      return expr.name;
    case "word":
      return expr.word === "true" ? true : expr.word === "false" ? false : undefined;
    case "list":
      return wordsOf(expr.items);
    default:
      return undefined;
  }
}

function wordsOf(items: readonly Expr[]): readonly string[] | undefined {
  const words = items.map(fieldValue).filter((word) => typeof word === "string");
  return words.length === items.length ? words : undefined;
}

/** Gives the lowering's complaints about a schedule the place where it was written. */
export function locateInSchedule(
  diagnostics: readonly Diagnostic[],
  decl: ScheduleDecl | undefined,
): readonly Diagnostic[] {
  return diagnostics.map((found) => {
    const span = found.span === undefined && decl !== undefined ? placeOf(found, decl) : undefined;
    return span === undefined ? found : { ...found, span };
  });
}

/** Gives remarks about a schedule's fields the place where they were written. */
export function locateRemarks(remarks: readonly Remark[], decl: ScheduleDecl | undefined): readonly Remark[] {
  return remarks.map((remark) => {
    const { field } = remark;
    if (field === undefined || decl === undefined) return remark;
    const entries = decl.kernels.filter(({ name }) => name.name === field.kernel).flatMap((kernel) => kernel.entries);
    const span = entries.find((entry) => entry.name.name === field.name)?.span;
    return span === undefined ? remark : { ...remark, span };
  });
}

function placeOf({ code, args }: Diagnostic, decl: ScheduleDecl): Span | undefined {
  const { kernel: name, field } = args;
  if (!code.startsWith("E06") || name === undefined) return undefined;
  const own = decl.kernels.filter((kernel) => kernel.name.name === name || kernel.name.name === "*").reverse();
  if (field === undefined) return own.find((kernel) => kernel.name.name === name)?.name.span;
  return own.flatMap((kernel) => kernel.entries).find((entry) => entry.name.name === field)?.span;
}
