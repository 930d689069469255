// Extension words: what only some arguments have, after the fixed part of a record. A word has 16 bytes: its kind (u8),
// the number of the field that it belongs to (u8), an index within the field (u16), an id (u32), and a number (8 bytes).

import type { AffineTerm, Extent } from "../../../ir-spec/affine.ts";
import { loopId } from "../../../ir-spec/base/ids.ts";
import type { NumberType } from "./number-types.ts";

interface ExtensionRow {
  readonly code: number;
  /** What the id names; nothing: it is 0. */
  readonly id: "loop" | "ring" | "size" | "nothing";
  readonly number: Extract<NumberType, "i64" | "f64">;
  readonly summary: string;
}

/** Codes are never used again. The index is 0 where the summary does not speak of it, and so is the number. */
export const extensionKinds = {
  term: {
    code: 1,
    id: "loop",
    number: "i64",
    summary: "adds `number` times the index of loop `id` to the address or number",
  },
  ring: {
    code: 2,
    id: "ring",
    number: "i64",
    summary: "adds `number` times ring register `id` to the address; of a loop: steps it",
  },
  limit: {
    code: 3,
    id: "nothing",
    number: "i64",
    summary:
      "size `index` is at most `number` and its limit terms; size 0 is the partitions or trips, size i + 1 dimension i",
  },
  limit_term: {
    code: 4,
    id: "loop",
    number: "i64",
    summary: "adds `number` times the index of loop `id` to the limit of size `index`",
  },
  not_first: {
    code: 5,
    id: "loop",
    number: "i64",
    summary: "the flag is false where loop `id` and the others so named are at their first",
  },
  dim: { code: 6, id: "size", number: "i64", summary: "dimension `index` has size `id` and stride `number`" },
  item: { code: 7, id: "nothing", number: "i64", summary: "element `index` of a list of integers or choices" },
  float_item: { code: 8, id: "nothing", number: "f64", summary: "element `index` of a list of numbers" },
} as const satisfies Readonly<Record<string, ExtensionRow>>;

/** What is in a word; the last number is f64 where the kind says so. */
export const extensionParts = [
  { name: "kind", type: "u8" },
  { name: "field", type: "u8" },
  { name: "index", type: "u16" },
  { name: "id", type: "u32" },
  { name: "number", type: "i64" },
] as const satisfies readonly { readonly name: string; readonly type: NumberType }[];

export type ExtensionKind = keyof typeof extensionKinds;
export const extensionKindNames = Object.keys(extensionKinds) as readonly ExtensionKind[];

export interface Extension {
  readonly kind: ExtensionKind;
  readonly index: number;
  readonly id: number;
  readonly number: number;
}

/** A field as numbers: those of its layout, and its extension words. */
export interface FieldImage {
  readonly numbers: readonly number[];
  readonly extensions: readonly Extension[];
}

/** Those of a kind, at an index of the field. */
export function extensionsOf(extensions: readonly Extension[], kind: ExtensionKind, index = 0): readonly Extension[] {
  return extensions.filter((extension) => extension.kind === kind && extension.index === index);
}

/** The terms of an affine number. */
export function termsToExtensions(
  terms: readonly AffineTerm[],
  kind: "term" | "limit_term" = "term",
  index = 0,
): readonly Extension[] {
  return terms.map(({ loop, scale }) => ({ kind, index, id: loop, number: scale }));
}

export function extensionsToTerms(
  extensions: readonly Extension[],
  kind: "term" | "limit_term" = "term",
  index = 0,
): readonly AffineTerm[] {
  return extensionsOf(extensions, kind, index).map(({ id, number }) => ({ loop: loopId(id), scale: number }));
}

/** What limits size `index` of a field. */
export function limitToExtensions({ limit }: Extent, index: number): readonly Extension[] {
  if (limit === undefined) return [];
  const head: Extension = { kind: "limit", index, id: 0, number: limit.constant };
  return [head, ...termsToExtensions(limit.terms, "limit_term", index)];
}

export function extensionsToExtent(max: number, extensions: readonly Extension[], index: number): Extent {
  const [limit] = extensionsOf(extensions, "limit", index);
  if (limit === undefined) return { max };
  return { max, limit: { constant: limit.number, terms: extensionsToTerms(extensions, "limit_term", index) } };
}
