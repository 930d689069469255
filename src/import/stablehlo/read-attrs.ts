// Reads attributes of operations, whose names differ between the pretty form and the generic one.

import type { MlirAttr } from "./ast.ts";
import { type OpContext, refuse } from "./context.ts";

/** The attribute under the first of some names that the operation has. */
export function findAttr({ op }: OpContext, ...names: readonly string[]): MlirAttr | undefined {
  return names.map((name) => op.attrs.get(name)).find((attr) => attr !== undefined);
}

/** Integers under the first of some names; what is missing or no list of them is reported. */
export function intsAttr(context: OpContext, ...names: readonly string[]): readonly number[] {
  const found = integersOf(findAttr(context, ...names));
  if (found === undefined) refuse(context, `expected integers as its attribute ${names[0]}`);
  return found ?? [];
}

/** Integers, or none where the operation has no such attribute. */
export function optionalInts(context: OpContext, ...names: readonly string[]): readonly number[] {
  return findAttr(context, ...names) === undefined ? [] : intsAttr(context, ...names);
}

export function intAttr(context: OpContext, ...names: readonly string[]): number {
  const [found, ...more] = intsAttr(context, ...names);
  if (found === undefined || more.length > 0) refuse(context, `expected an integer as its attribute ${names[0]}`);
  return found ?? 0;
}

/** A list of integers, one integer, or a literal of them. */
export function integersOf(attr: MlirAttr | undefined): readonly number[] | undefined {
  if (attr?.kind === "number") return allIntegers([Number(attr.text)]);
  if (attr?.kind === "dense") return allIntegers(attr.text.match(/-?\d+/g)?.map(Number) ?? []);
  if (attr?.kind !== "list") return undefined;
  const items = attr.items.map((item) => (item.kind === "number" ? Number(item.text) : Number.NaN));
  return allIntegers(items);
}

function allIntegers(found: readonly number[]): readonly number[] | undefined {
  return found.every(Number.isSafeInteger) ? found : undefined;
}

/** The bare words of an operation and of some attributes: `GT`, or `#stablehlo<comparison_direction GT>`. */
export function wordsOf(context: OpContext, ...names: readonly string[]): readonly string[] {
  const attr = findAttr(context, ...names);
  const inAttr =
    attr?.kind === "record" ? attr.words : attr?.kind === "word" || attr?.kind === "string" ? [attr.text] : [];
  return [...context.op.words, ...inAttr];
}

/** The fields of an attribute such as `#stablehlo.dot<...>`, as a context of their own. */
export function fieldsOf(context: OpContext, name: string): ReadonlyMap<string, MlirAttr> {
  const attr = findAttr(context, name);
  if (attr?.kind === "record") return attr.fields;
  refuse(context, `expected fields as its attribute ${name}`);
  return new Map();
}
