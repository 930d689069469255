// The values of a chain's schedule fields that a search may try.

import { choicesOf, type FieldChoices, tileSizes } from "../../schedule/tune/field-choices.ts";
import { asManyAsFit, type SpaceChoice } from "../kinds/define.ts";
import { blocksFor, groupsFor } from "./candidates.ts";
import { chainFields } from "./fields.ts";
import type { ChainPlan } from "./plan.ts";

const percents = [0, 13, 25, 38, 50, 63, 75, 88, 100];
const banks = [1, 2, 3, 4];

export function chainChoices(plan: ChainPlan, { machine }: SpaceChoice): FieldChoices {
  return choicesOf(chainFields, {
    tile_rows: tileSizes(plan.rows, Math.min(machine.partitions, machine.peColumns)),
    block_columns: [...blocksFor(plan, machine), asManyAsFit],
    group: [1, ...new Set(groupsFor(plan, machine).map(({ group }) => group))],
    psum_banks: banks,
    transposes_by_dma: percents,
  });
}
