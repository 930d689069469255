// The fields of a convolution's schedule.

import type { AttrSpecs, AttrValues } from "../../../ir-spec/base/attr.ts";
import { asManyAsFit, othersField, positive, stagesField } from "../kinds/define.ts";

/** A block of the operand's rows is on chip; each of its tiles of channels is multiplied by every element of the window in turn. */
export const convFields = {
  others: othersField,
  tile_m: positive("channels of the result in one tile; at most the columns of the array", asManyAsFit),
  block_rows: positive("rows of the result that are computed of one block of the operand", asManyAsFit),
  tap_rows: positive(
    "elements of the window that are contracted together, where the operand has few channels; at most what the rows of the array hold",
    asManyAsFit,
  ),
  load_weights: {
    kind: "choice",
    choices: ["kernel", "tile"],
    default: "kernel",
    summary: "where weights are loaded: once, or for each tile of the result's channels",
  },
  evict: {
    kind: "choice",
    choices: ["act", "dve", "split"],
    default: "dve",
    summary: "the engine that empties PSUM; `split` shares each tile's columns between both",
  },
  slots_in: positive("slots of the operand's buffer: multi-buffering (double buffering is 2 slots)", 2),
  slots_weights: positive("slots of the buffers of weights", 2),
  slots_psum: positive("slots of the accumulator", 2),
  slots_out: positive("slots of the result's buffer", 2),
  stages: stagesField,
} as const satisfies AttrSpecs;

export type ConvSchedule = AttrValues<typeof convFields>;
