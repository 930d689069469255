// A schedule says how the kernels of a graph are tiled. It is data: written by a person, found by search, saved,
// compared, replayed. One table of fields per kind of kernel; the text form, its checks and its docs come from it.

import type { AttrSpecs, AttrValues } from "./base/attr.ts";

const count = (summary: string, initial: number) => ({ kind: "int", min: 1, default: initial, summary }) as const;

/** Where an operand is loaded: just inside that loop; `kernel` is before all of them, with the whole operand kept on chip. */
export const loadPlaces = ["kernel", "block_0", "block_1", "block_2", "tile_0", "tile_1", "tile_2"] as const;
export type LoadPlace = (typeof loadPlaces)[number];

/** The layout of a product in HBM: rows contiguous or columns contiguous. */
export const storeOrders = ["rows", "columns"] as const;
export type StoreOrder = (typeof storeOrders)[number];

/**
 * Contraction: out[m, n] = sum over k of lhs[m, k] * rhs[k, n]. The nest has three block loops in `block_order`, then
 * three tile loops in `tile_order`; loops of one iteration are left out.
 */
export const contractFields = {
  tile_m: count("rows of the result in one tile; at most the columns of the array", 128),
  tile_n: count("columns of the result in one tile; at most what one PSUM bank holds", 512),
  tile_k: count("contracted elements in one tile; at most the rows of the array", 128),
  block_m: count("tiles of m in one block", 1),
  block_n: count("tiles of n in one block", 1),
  block_k: count("tiles of k in one block", 1_000_000),
  block_order: {
    kind: "names",
    choices: ["m", "n", "k"],
    default: ["m", "n", "k"],
    summary: "the block loops, outermost first",
  },
  tile_order: {
    kind: "names",
    choices: ["m", "n", "k"],
    default: ["m", "n", "k"],
    summary: "the tile loops inside a block, outermost first",
  },
  load_lhs: { kind: "choice", choices: loadPlaces, default: "block_2", summary: "where the left operand is loaded" },
  load_rhs: { kind: "choice", choices: loadPlaces, default: "block_2", summary: "where the right operand is loaded" },
  transpose_on: {
    kind: "choice",
    choices: ["pe", "dma"],
    default: "pe",
    summary:
      "which unit transposes an operand that is contiguous along k: the systolic array before the product, or the DMA engines, which can transpose dtypes of 2 bytes",
  },
  load_k: count("k tiles per DMA load (full tiles only)", 1_000_000),
  stationary: {
    kind: "choice",
    choices: ["lhs", "rhs"],
    default: "lhs",
    summary: "the operand that stays in the systolic array; `rhs` computes the product transposed",
  },
  accumulate: {
    kind: "choice",
    choices: ["psum", "sbuf"],
    default: "psum",
    summary: "where partial sums of k blocks are accumulated",
  },
  evict: {
    kind: "choice",
    choices: ["act", "dve", "split"],
    default: "dve",
    summary: "the engine that empties PSUM; `split` shares each tile's columns between both",
  },
  store: {
    kind: "choice",
    choices: storeOrders,
    default: "rows",
    summary:
      "what is contiguous in HBM; with `columns` a following product that contracts n loads its operand without a transpose; results of the graph are stored by rows",
  },
  slots_lhs: count("slots of the left operand's buffer: multi-buffering (double buffering is 2 slots)", 2),
  slots_rhs: count("slots of the right operand's buffer", 2),
  slots_psum: count("slots of the accumulator", 2),
  slots_out: count("slots of the result's buffer", 2),
} as const satisfies AttrSpecs;

/** Row-wise maps and reductions over [rows, columns]: rows on the partitions. */
export const rowsFields = {
  tile_rows: count("rows in one tile; at most the partitions", 128),
  tile_columns: count("columns in one tile; a kernel that reduces along the columns takes all of them", 2048),
  slots_in: count("slots of the operands' buffers", 2),
  slots_mid: count("slots of the buffers between two steps", 1),
  slots_out: count("slots of the results' buffers", 2),
} as const satisfies AttrSpecs;

/** Copies and gathers. */
export const movementFields = {
  tile_rows: count("rows moved by one DMA instruction", 128),
  slots: count("slots of the buffers on chip", 2),
} as const satisfies AttrSpecs;

export const scheduleFields = { contract: contractFields, rows: rowsFields, movement: movementFields } as const;
export type KernelKind = keyof typeof scheduleFields;

export type ContractSchedule = AttrValues<typeof contractFields>;
export type RowsSchedule = AttrValues<typeof rowsFields>;
export type MovementSchedule = AttrValues<typeof movementFields>;

/** A field that had another name or other values in an earlier version. */
export interface RenamedField {
  readonly to: string;
  /** Old value -> new value; a value that is not listed is unchanged. */
  readonly values: Readonly<Record<string, string>>;
}

/** Renamed fields by their old names, which are refused with a fix. */
export const renamedFields: Readonly<Record<string, RenamedField>> = {
  turn: { to: "transpose_on", values: { array: "pe" } },
};

/** What a schedule says of one kernel; fields that it leaves out are chosen as `base` says. */
export interface KernelSchedule {
  /** The kernel's name, or `*` for all of a kind. */
  readonly kernel: string;
  readonly fields: Readonly<Record<string, AttrValues<AttrSpecs>[string]>>;
}

export interface Schedule {
  readonly name: string;
  /** The graph that it is for, or `*`. */
  readonly graph: string;
  readonly kernels: readonly KernelSchedule[];
}
