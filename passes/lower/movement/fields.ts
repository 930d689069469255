// The fields of the schedule of a copy or gather.

import type { AttrSpecs, AttrValues } from "../../../ir-spec/base/attr.ts";
import { asManyAsFit, othersField, positive, stagesField } from "../kinds/define.ts";

/** Copies and gathers. */
export const movementFields = {
  others: othersField,
  tile_rows: positive("rows moved by one DMA instruction; at most the partitions", asManyAsFit),
  slots: positive("slots of the buffers on chip", 2),
  stages: stagesField,
} as const satisfies AttrSpecs;

export type MovementSchedule = AttrValues<typeof movementFields>;
