// The values of schedule fields that a search may try: all choices and orders of names, depths of rings, and the sizes that a kind of
// kernel says.

import type { AttrKind, AttrSpecs, AttrValue } from "../../../ir-spec/base/attr.ts";

/** The values of each field, smaller numbers first; a field that is not named stays as it is. */
export type FieldChoices = Readonly<Record<string, readonly AttrValue[]>>;

/** Depths of a ring. Assumed: deeper ones hide no more. */
const depths: readonly number[] = [1, 2, 3, 4, 5, 6, 8, 12];

/** Stages of a loop: the plain loop, a few, and as many as pay. */
const fewStages: readonly number[] = [1, 2, 3];

/** Fields that are no choice of tiles: what the text says of others, and what decides how other kernels read the result. */
const fixedFields: ReadonlySet<string> = new Set(["others", "store"]);

/** The values of a table's fields; `sizes` are those of its integers. */
export function choicesOf(fields: AttrSpecs, sizes: Readonly<Record<string, readonly number[]>>): FieldChoices {
  const named = Object.entries(fields).filter(([name]) => !fixedFields.has(name));
  const choices = named.map(([name, kind]) => [name, valuesOf(name, kind, sizes[name])] as const);
  return Object.fromEntries(choices.filter(([, values]) => values.length > 1));
}

function valuesOf(name: string, kind: AttrKind, sizes: readonly number[] | undefined): readonly AttrValue[] {
  if (kind.kind === "choice") return kind.choices;
  if (kind.kind === "names") return permutations(kind.choices);
  if (kind.kind !== "int") return [];
  const initial = kind.default === undefined ? [] : [kind.default];
  const own = sizes ?? (name.startsWith("slots") ? depths : name === "stages" ? fewStages : []);
  return [...new Set([...own, ...initial])].sort((a, b) => a - b);
}

function permutations(names: readonly string[]): readonly (readonly string[])[] {
  if (names.length <= 1) return [names];
  return names.flatMap((first) => permutations(names.filter((name) => name !== first)).map((rest) => [first, ...rest]));
}

/** 1, 2, 3, 4, 6, 8, 12, ... up to a number, which is not among them: the default stands for all. */
export function sizesBelow(limit: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = 1; size < limit; size *= 2) {
    sizes.push(size);
    if (size > 1 && size * 1.5 < limit) sizes.push(size * 1.5);
  }
  return sizes;
}

/** Parts of a size of at most `largest`: equal ones in place of a narrow last one, and halves and quarters of the largest. */
export function tileSizes(size: number, largest: number): readonly number[] {
  const most = Math.min(size, largest);
  const equal = Math.ceil(size / Math.ceil(size / largest));
  return [most >> 2, most >> 1, equal].filter((tile) => tile >= 1 && tile < most);
}
