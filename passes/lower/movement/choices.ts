// The values of the schedule fields of a copy or gather that a search may try.

import { choicesOf, type FieldChoices, tileSizes } from "../../schedule/tune/field-choices.ts";
import type { SpaceChoice } from "../kinds/define.ts";
import { movementFields } from "./fields.ts";

export function movementChoices(_plan: unknown, { machine }: SpaceChoice): FieldChoices {
  return choicesOf(movementFields, { tile_rows: tileSizes(machine.partitions, machine.partitions) });
}
