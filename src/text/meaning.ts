// What an expression means while the graph is made: a tensor of the graph, or something known when compiling.

import { type AttrValue, printNumber } from "../../ir-spec/base/attr.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";

export interface NumberMeaning {
  readonly kind: "number";
  readonly value: number;
  /** Made of integers only: such a division must be exact, as for dimensions. */
  readonly isInteger: boolean;
}

export type Meaning =
  | NumberMeaning
  | { readonly kind: "tensor"; readonly id: ValueId }
  | { readonly kind: "flag"; readonly value: boolean }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "none" }
  | { readonly kind: "list"; readonly items: readonly Meaning[] }
  /** The results of a call that gives not exactly one. */
  | { readonly kind: "several"; readonly items: readonly Meaning[]; readonly from: string }
  /** Was reported already; whatever is made of it is an error too, silently. */
  | { readonly kind: "error" };

export const errorMeaning: Meaning = { kind: "error" };

export function numberMeaning(value: number, isInteger: boolean): NumberMeaning {
  return { kind: "number", value, isInteger };
}

export function tensorMeaning(id: ValueId): Meaning {
  return { kind: "tensor", id };
}

/** Says what was found, for messages. */
export function describeMeaning(meaning: Meaning): string {
  switch (meaning.kind) {
    case "number":
      return `the number ${printNumber(meaning.value)}`;
    case "tensor":
      return "a tensor";
    case "flag":
      return String(meaning.value);
    case "string":
      return `the string "${meaning.value}"`;
    case "none":
      return "none";
    case "list":
      return "a list";
    case "several":
      return `${meaning.items.length} values of \`${meaning.from}\``;
    case "error":
      return "an error";
    default:
      return meaning satisfies never;
  }
}

/** The meaning as an attribute value; undefined for what no attribute can hold. */
export function attrValueOf(meaning: Meaning): AttrValue | undefined {
  switch (meaning.kind) {
    case "number":
    case "flag":
    case "string":
      return meaning.value;
    case "none":
      return null;
    case "list":
      return listValueOf(meaning.items.map(attrValueOf));
    default:
      return undefined;
  }
}

function listValueOf(items: readonly (AttrValue | undefined)[]): AttrValue | undefined {
  if (items.every((item) => typeof item === "number")) return items;
  return items.every((item) => typeof item === "string") ? items : undefined;
}
