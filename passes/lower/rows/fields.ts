// The fields of a row-wise kernel's schedule.

import { type AttrSpecs, type AttrValues, completeAttrs } from "../../../ir-spec/base/attr.ts";
import { asManyAsFit, othersField, positive, stagesField } from "../kinds/define.ts";

/** Row-wise maps and reductions over [rows, columns]: rows on the partitions. */
export const rowsFields = {
  others: othersField,
  tile_rows: positive("rows in one tile; at most the partitions", asManyAsFit),
  tile_columns: positive(
    "columns in one tile; fewer than all of a reduction make it load its operands once for each step",
    asManyAsFit,
  ),
  keep_rows: {
    kind: "bool",
    default: false,
    summary: "whether operands stay on chip from one pass over the pieces of a row to the next",
  },
  group_rows: positive("rows in each partition of a tile, where they are short and many", 1),
  slots_in: positive("slots of the operands' buffers", 2),
  slots_mid: positive("slots of the buffers between two steps", 1),
  slots_out: positive("slots of the results' buffers", 2),
  stages: stagesField,
} as const satisfies AttrSpecs;

export type RowsSchedule = AttrValues<typeof rowsFields>;

export const rowsDefaults: RowsSchedule = completeAttrs(rowsFields);
