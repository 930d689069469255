// The schedules of a convolution that are considered, and whether one of them surely fits on chip.

import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ScheduleSpace, SpaceChoice } from "../kinds/define.ts";
import { type ConvSchedule, convFields } from "./fields.ts";
import type { ConvPlan, ConvSizes } from "./plan.ts";
import { mostContracted, tileConv } from "./tiling.ts";

const defaults = completeAttrs(convFields);

const smallest = {
  block_rows: 1,
  load_weights: "tile",
  slots_in: 1,
  slots_weights: 1,
  slots_psum: 1,
  slots_out: 1,
} as const;

/** Rings that let loads, products and stores of several blocks be under way. */
const rings = [
  { slots_in: 3, slots_weights: 2, slots_psum: 4, slots_out: 4 },
  { slots_in: 2, slots_weights: 2, slots_psum: 4, slots_out: 3 },
] as const;

export function convSpace({ sizes }: ConvPlan, { strategy, machine }: SpaceChoice): ScheduleSpace<typeof convFields> {
  const least = leastSchedule(sizes, machine);
  if (strategy === "naive") return { candidates: [defaults, { ...least, ...smallest }], take: "first", rings: [] };
  const candidates = packings(sizes, machine).flatMap((tap_rows) =>
    blocksOf(sizes).flatMap((block_rows) =>
      (["kernel", "tile"] as const).map((load_weights) => ({
        ...defaults,
        tap_rows,
        block_rows,
        load_weights,
        slots_psum: Math.min(4, machine.psumBanks - 1),
      })),
    ),
  );
  return {
    candidates: [...candidates, least],
    take: "fastest",
    areCombinations: true,
    variants: [{ evict: "act" }],
    rings,
  };
}

function leastSchedule(sizes: ConvSizes, machine: Machine): ConvSchedule {
  return { ...defaults, ...smallest, tap_rows: packings(sizes, machine).at(-1) ?? 1 };
}

/** Elements of the window contracted together: all that fit, one column of the window, two, one. */
function packings({ c, y, x }: ConvSizes, machine: Machine): readonly number[] {
  const most = Math.max(1, Math.min(y.taps * x.taps, Math.floor(mostContracted(machine) / c)));
  return [...new Set([most, y.taps, 1].filter((count) => count <= most))];
}

/** Rows of the result in a block: all, halves of them, and few. */
function blocksOf({ y }: ConvSizes): readonly number[] {
  const blocks: number[] = [];
  for (let rows = y.places; rows >= 1; rows = Math.floor(rows / 2)) blocks.push(rows);
  return blocks.slice(0, maxBlockings);
}

/** Assumed: smaller blocks than these take longer to start than to compute. */
const maxBlockings = 8;

/** More products than these make a kernel's program long. Assumed. */
const maxProducts = 60;

/** The share of SBUF that the least schedule may take. Assumed: the epilogue's tiles fit in the rest. */
const mostShare = 0.5;

/** Whether the least schedule surely fits, and has few enough products. */
export function canBeConvKernel(sizes: ConvSizes, dtype: Dtype, machine: Machine): boolean {
  const tiling = tileConv(sizes, leastSchedule(sizes, machine), machine);
  const { buffer, cTile, cTiles, mTile, products, blockRows } = tiling;
  const taps = sizes.y.taps * sizes.x.taps;
  const elements =
    cTiles * buffer.rows * buffer.columns +
    cTiles * products.length * mTile +
    cTile * taps +
    2 * blockRows * sizes.x.places;
  const bytes = elements * dtypeBytes(dtype);
  return products.length <= maxProducts && bytes <= mostShare * machine.sbufBytesPerPartition;
}
