// THE TABLE OF WHAT TAKES ROOM: for each field of each kind of kernel, how it can be changed so that the kernel needs less on chip. A new
// field does not compile until it has its row. What a change really saves is found by lowering the kernel with it.

import type { AttrSpecs, AttrValue } from "../../../ir-spec/base/attr.ts";
import type { AnyKernelKindRow } from "./define.ts";
import { type KernelKind, kernelKinds } from "./index.ts";

/**
 * `less`: a smaller number; `later`: a choice that comes later in the field's list, such as a loop further in; `other`: any other choice;
 * `no`: it takes no room.
 */
export type Shrink = "less" | "later" | "other" | "no";

type FieldsOf<K extends KernelKind> = keyof (typeof kernelKinds)[K]["fields"];

// biome-ignore format: a table
export const shrinks: { readonly [K in KernelKind]: { readonly [F in FieldsOf<K>]: Shrink } } = {
  contract: {
    others: "no", batches: "less", tile_m: "less", tile_n: "less", tile_k: "less", block_m: "less", block_n: "less", block_k: "less",
    block_order: "no", tile_order: "no", load_lhs: "later", load_rhs: "later", transpose_on: "other", k_tiles: "other",
    load_k: "less", stationary: "other", accumulate: "other", evict: "no", store: "no", store_per: "other", slots_lhs: "less", slots_rhs: "less",
    slots_psum: "less", slots_sbuf: "less", slots_out: "less", stages: "less",
  },
  conv: {
    others: "no", tile_m: "less", block_rows: "less", tap_rows: "less", load_weights: "later", evict: "no", slots_in: "less",
    slots_weights: "less", slots_psum: "less", slots_out: "less", stages: "less",
  },
  chain: {
    others: "no", tile_rows: "less", group: "less", group_along: "no", group_functions: "no", block_columns: "less", psum_banks: "less", load_rhs_per: "later", column_order: "other",
    transpose_on: "other", transposes_by_dma: "no", copy_on: "no", slots_lhs: "less", slots_rhs: "less", slots_mid: "less",
    slots_psum: "less", slots_single: "less", slots_out: "less", stages: "less",
  },
  rows: {
    others: "no", tile_rows: "less", tile_columns: "less", keep_rows: "other", group_rows: "less", slots_in: "less", slots_mid: "less", slots_out: "less", stages: "less",
  },
  movement: { others: "no", tile_rows: "less", slots: "less", stages: "less" },
};

/** A field with the values that may need less room than the one that it has, the nearest to that first. */
export interface Shrinking {
  readonly field: string;
  readonly values: readonly (number | string)[];
  /** Whether each value needs no more room than those before it. */
  readonly isOrdered: boolean;
}

/** Up to here every smaller number is worth a trial, beyond it powers of two. Assumed: as searches of schedules do. */
const everyUpTo = 8;

/** What can be changed of a kernel's complete schedule; no dimension of its tensors is larger than `largest`. */
export function shrinkings(
  kind: KernelKind,
  schedule: Readonly<Record<string, AttrValue>>,
  largest: number,
): readonly Shrinking[] {
  const fields: AttrSpecs = (kernelKinds[kind] as AnyKernelKindRow).fields;
  return Object.entries(shrinks[kind]).flatMap(([field, shrink]): readonly Shrinking[] => {
    const spec = fields[field];
    const value = schedule[field];
    if (shrink === "no" || spec === undefined || value === undefined) return [];
    if (shrink === "less") {
      const values = typeof value === "number" ? smallerThan(value, largest) : [];
      return values.length === 0 ? [] : [{ field, values, isOrdered: true }];
    }
    const choices = spec.kind === "choice" ? spec.choices : [];
    const values = shrink === "later" ? choices.slice(choices.indexOf(value as string) + 1) : choices;
    const others = values.filter((choice) => choice !== value);
    return others.length === 0 ? [] : [{ field, values: others, isOrdered: shrink === "later" }];
  });
}

function smallerThan(value: number, largest: number): readonly number[] {
  const values: number[] = [];
  const most = Math.min(value - 1, 2 * largest);
  for (let power = 2 ** Math.floor(Math.log2(Math.max(1, most))); power > everyUpTo; power /= 2) values.push(power);
  for (let small = Math.min(everyUpTo, most); small >= 1; small--) values.push(small);
  return values;
}
