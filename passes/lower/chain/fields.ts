// The fields of a chain's schedule.

import type { AttrSpecs, AttrValues } from "../../../ir-spec/base/attr.ts";
import { asManyAsFit, othersField, positive, stagesField } from "../kinds/define.ts";

/** Products and row-wise steps over one tile of rows at a time; what passes between them stays on chip. */
export const chainFields = {
  others: othersField,
  tile_rows: positive("rows in one tile; at most the partitions and the columns of the array", asManyAsFit),
  block_columns: positive(
    "columns of a row that are on chip at a time, in tiles of what the array contracts at once, where the next product can do with that: what needs whole rows is then carried from block to block",
    asManyAsFit,
  ),
  psum_banks: positive("banks of PSUM that a piece of a product fills; whole ones where they are more than one", 2),
  load_rhs_per: {
    kind: "choice",
    choices: ["batch", "piece"],
    default: "batch",
    summary: "when right operands are loaded: once for all rows that share them, or for each piece or block of columns",
  },
  column_order: {
    kind: "choice",
    choices: ["dealt", "kept"],
    default: "dealt",
    summary:
      "the order of a product's columns where nothing depends on it: dealt out among the tiles that the next product contracts, so that loads come in long runs, or kept",
  },
  transpose_on: {
    kind: "choice",
    choices: ["pe", "dma"],
    default: "pe",
    summary:
      "which unit transposes operands that are contiguous along k as they are loaded; DMA can where they have 2 bytes",
  },
  transposes_by_dma: {
    kind: "int",
    min: 0,
    max: 100,
    default: 0,
    summary:
      "percent of the tiles of rows on chip that the next product contracts which DMA transposes; the array transposes the others",
  },
  copy_on: {
    kind: "choice",
    choices: ["act", "dve"],
    default: "dve",
    summary: "the engine that copies products and transposed rows out of PSUM",
  },
  group: positive(
    "tiles of rows side by side, so that one instruction works on all of them where each has few columns: the most that divide the rows or batches that there are",
    1,
  ),
  group_along: {
    kind: "choice",
    choices: ["rows", "batch", "outer_batch"],
    default: "rows",
    summary:
      "what differs among the tiles of a group: rows of one batch, dealt out in turn, where nothing counts them; or the innermost batch dimension, or the one around it",
  },
  group_functions: {
    kind: "choice",
    choices: ["all", "each"],
    default: "all",
    summary:
      "functions with a number for each row, such as the exponential of a difference: for all tiles of a group, with the difference before it and the sum after it, or for each of them by itself",
  },
  slots_lhs: positive("slots of left operands", 2),
  slots_rhs: positive("slots of right operands", 2),
  slots_mid: positive("slots of rows between two steps", 2),
  slots_psum: positive("slots of products in PSUM that come in several pieces", 2),
  slots_single: positive("slots of what is in PSUM in one piece: narrow products and transposed rows", 1),
  slots_out: positive("slots of results", 2),
  stages: stagesField,
} as const satisfies AttrSpecs;

export type ChainSchedule = AttrValues<typeof chainFields>;
