// The schedules of a convolution that are considered, and whether one of them surely fits on chip.

import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { maxTransposeSlots } from "../contract/load.ts";
import type { ScheduleSpace, SpaceChoice } from "../kinds/define.ts";
import { blockRuns } from "./blocks.ts";
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
  { slots_in: 4, slots_out: 4 },
  { slots_in: 3, slots_out: 3 },
  { slots_in: 3, slots_out: 2 },
] as const;

export function convSpace({ sizes }: ConvPlan, { strategy, machine }: SpaceChoice): ScheduleSpace<typeof convFields> {
  const least = leastSchedule(sizes, machine);
  if (strategy === "naive") return { candidates: [defaults, { ...least, ...smallest }], take: "first", rings: [] };
  const loads = ["kernel", "tile"] as const;
  const candidates = packings(sizes, machine).flatMap((tap_rows) =>
    blocksOf(sizes).flatMap((block_rows) => {
      const tiling = tileConv(sizes, { ...defaults, tap_rows, block_rows }, machine);
      const slots_psum = accumulators(blockRuns(sizes, tiling).length, machine);
      return loads.map((load_weights) => ({ ...defaults, tap_rows, block_rows, load_weights, slots_psum }));
    }),
  );
  return {
    candidates: [...candidates, least],
    take: "fastest",
    areCombinations: true,
    variants: [{ evict: "act" }],
    rings,
  };
}

/** Slots of the accumulator, of which each loop over blocks has its own, beside the banks in which weights are transposed. */
function accumulators(loops: number, { psumBanks }: Machine): number {
  return Math.max(1, Math.min(maxAccumulators, Math.floor((psumBanks - maxTransposeSlots) / loops)));
}

/** Assumed: the array and the engine that empties a bank have enough with these. */
const maxAccumulators = 4;

function leastSchedule(sizes: ConvSizes, machine: Machine): ConvSchedule {
  return { ...defaults, ...smallest, tap_rows: packings(sizes, machine).at(-1) ?? 1 };
}

/** Elements of the window contracted together: all that fit, one column of the window, one; but for those that make too many products. */
function packings(sizes: ConvSizes, machine: Machine): readonly number[] {
  const { c, y, x } = sizes;
  const most = Math.max(1, Math.min(y.taps * x.taps, Math.floor(mostContracted(machine) / c)));
  const counts = [...new Set([most, y.taps, 1].filter((count) => count <= most))];
  return counts.filter((tap_rows, index) => {
    const { products } = tileConv(sizes, { ...defaults, tap_rows }, machine);
    return index === 0 || products.length <= maxProducts;
  });
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
