// The values of a convolution's schedule fields that a search may try.

import { choicesOf, type FieldChoices, sizesBelow, tileSizes } from "../../schedule/tune/field-choices.ts";
import type { SpaceChoice } from "../kinds/define.ts";
import { convFields } from "./fields.ts";
import type { ConvPlan } from "./plan.ts";
import { mostContracted } from "./tiling.ts";

export function convChoices({ sizes }: ConvPlan, { machine }: SpaceChoice): FieldChoices {
  const { c, m, y, x } = sizes;
  const contracted = mostContracted(machine);
  return choicesOf(convFields, {
    tile_m: tileSizes(m, contracted),
    block_rows: sizesBelow(y.places),
    tap_rows: sizesBelow(Math.min(y.taps * x.taps, Math.floor(contracted / c))),
  });
}
