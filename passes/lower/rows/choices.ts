// The values of a row-wise kernel's schedule fields that a search may try.

import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { choicesOf, type FieldChoices, sizesBelow, tileSizes } from "../../schedule/tune/field-choices.ts";
import type { SpaceChoice } from "../kinds/define.ts";
import { rowsSpace } from "./candidates.ts";
import { rowsDefaults, rowsFields } from "./fields.ts";
import { groupsOf, type RowsPlan, tileRows } from "./plan.ts";
import { usualColumns } from "./split.ts";

/** The part of the usual columns below which descriptors cost more than their bytes. Assumed. */
const leastShare = 1 / 16;

export function rowsChoices(plan: RowsPlan, choice: SpaceChoice): FieldChoices {
  const { machine } = choice;
  const columns = elementCount(tileRows(plan, rowsDefaults, machine)[0]?.columns ?? []);
  const considered = rowsSpace(plan, choice).candidates.map(({ tile_columns }) => tile_columns);
  const least = Math.min(columns, leastShare * usualColumns(machine));
  const wide = [...considered, ...sizesBelow(columns)].filter((width) => width >= least);
  return choicesOf(rowsFields, {
    tile_rows: tileSizes(machine.partitions, machine.partitions),
    tile_columns: wide,
    group_rows: [1, ...groupsOf(plan, machine)],
  });
}
