// The values of a contraction's schedule fields that a search may try.

import { psumBankColumns } from "../../../ir-spec/machine.ts";
import { choicesOf, type FieldChoices, sizesBelow, tileSizes } from "../../schedule/tune/field-choices.ts";
import type { SpaceChoice } from "../kinds/define.ts";
import { canTransposeOnDma } from "./dependent-fields.ts";
import { contractFields } from "./fields.ts";
import type { ContractPlan } from "./plan.ts";

/** Who transposes is a choice where something is transposed and both can, and which elements are in a tile where one is not cut. */
export function contractChoices(plan: ContractPlan, { machine }: SpaceChoice): FieldChoices {
  const { m, n, k } = plan.sizes;
  const columns = Math.min(machine.peMovingColumns, psumBankColumns(machine));
  const narrow = Math.min(machine.peColumns, columns);
  const { transpose_on, ...choices } = choicesOf(contractFields, {
    tile_m: tileSizes(m, columns),
    tile_n: tileSizes(n, columns),
    tile_k: tileSizes(k, machine.peRows),
    block_m: sizesBelow(Math.ceil(m / narrow)),
    block_n: sizesBelow(Math.ceil(n / narrow)),
    block_k: sizesBelow(Math.ceil(k / machine.peRows)),
    load_k: sizesBelow(Math.ceil(k / machine.peRows)),
  });
  return transpose_on !== undefined && canTransposeOnDma(plan) ? { ...choices, transpose_on } : choices;
}
