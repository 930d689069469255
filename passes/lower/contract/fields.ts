// The fields of a contraction's schedule.

import type { AttrSpecs, AttrValues } from "../../../ir-spec/base/attr.ts";
import { asManyAsFit, othersField, positive, stagesField } from "../kinds/define.ts";
import { storeOrders } from "../stored.ts";

/** Where an operand is loaded: just inside that loop; `kernel` is before all of them, with the whole operand kept on chip. */
export const loadPlaces = ["kernel", "block_0", "block_1", "block_2", "tile_0", "tile_1", "tile_2"] as const;
export type LoadPlace = (typeof loadPlaces)[number];

/**
 * Contraction: out[m, n] = sum over k of lhs[m, k] * rhs[k, n]. The nest has three block loops in `block_order`, then
 * three tile loops in `tile_order`; loops of one iteration are left out.
 */
export const contractFields = {
  others: othersField,
  tile_m: positive("rows of the result in one tile; at most the columns of the array", asManyAsFit),
  tile_n: positive("columns of the result in one tile; at most what one PSUM bank holds", asManyAsFit),
  tile_k: positive("contracted elements in one tile; at most the rows of the array", asManyAsFit),
  block_m: positive("tiles of m in one block", 1),
  block_n: positive("tiles of n in one block", 1),
  block_k: positive("tiles of k in one block", asManyAsFit),
  batches: positive(
    "products of the innermost batch dimension that are loaded, computed and stored together, where each is one tile of m and n",
    1,
  ),
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
  k_tiles: {
    kind: "choice",
    choices: ["blocked", "interleaved"],
    default: "blocked",
    summary:
      "which elements of k are in one tile: neighbours, or every nth of n tiles, so that each partition's share of all tiles is one run in memory and no operand needs a transpose; where tiles do not divide k they are blocked",
  },
  load_k: positive("k tiles per DMA load (full tiles only)", asManyAsFit),
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
  store_per: {
    kind: "choice",
    choices: ["group", "tile", "row", "block"],
    default: "group",
    summary:
      "what one DMA stores: a row of the tiles whose sums are in PSUM together, one tile, a row of all tiles of a block, or the block (where its rows of tiles are full)",
  },
  slots_lhs: positive("slots of the left operand's buffer: multi-buffering (double buffering is 2 slots)", 2),
  slots_rhs: positive("slots of the right operand's buffer", 2),
  slots_psum: positive("slots of the accumulator", 2),
  slots_sbuf: positive("slots of the accumulator in SBUF", 1),
  slots_out: positive("slots of the result's buffer", 2),
  stages: stagesField,
} as const satisfies AttrSpecs;

export type ContractSchedule = AttrValues<typeof contractFields>;
