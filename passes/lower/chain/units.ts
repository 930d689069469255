// Which rows of a chain are side by side in tiles: those of several batches, or of several tiles of rows, whose rows are dealt out among
// the tiles in turn, so that each partition loads and stores neighbouring ones.
//
//     rows 0 to 1023 in groups of 8     partition 0 has rows 0 to 7, partition 1 rows 8 to 15, ...: a batch dimension of size 8

import { largestDivisorUpTo, type Strides } from "../space.ts";
import type { ChainSchedule } from "./fields.ts";
import type { ChainPlan, PlannedSegment } from "./plan.ts";

/** How many tiles are side by side; 1 where none are. */
export function groupOf(plan: ChainPlan, { group, group_along }: Pick<ChainSchedule, "group" | "group_along">): number {
  if (group_along === "rows") return canDealRows(plan) ? largestDivisorUpTo(plan.rows, group) : 1;
  const size = plan.batch.at(-batchDims[group_along]);
  return size === undefined ? 1 : largestDivisorUpTo(size, group);
}

/** Which of the batch dimensions, from the last one on. */
const batchDims = { batch: 1, outer_batch: 2 } as const;

/** Whether nothing depends on which rows are in a tile. */
export function canDealRows({ segments }: ChainPlan): boolean {
  return segments.every(({ masks }) => masks.length === 0);
}

/** The plan with a last batch dimension of which neighbours are side by side. */
export function withGroups(plan: ChainPlan, schedule: ChainSchedule): ChainPlan {
  const group = groupOf(plan, schedule);
  if (group === 1) return plan;
  const { group_along } = schedule;
  if (group_along === "rows") {
    const dealt = (strides: Strides): Strides => {
      const row = strides.at(-1) as number;
      return [...strides.slice(0, -1), row, row * group];
    };
    return {
      ...withStrides(plan, dealt),
      batch: [...plan.batch, group],
      rows: plan.rows / group,
      rowsAreOneDimension: false,
    };
  }
  const dim = plan.batch.length - batchDims[group_along];
  const moved = <T>(list: readonly T[]): readonly T[] => [
    ...list.slice(0, dim),
    ...list.slice(dim + 1, plan.batch.length),
    list[dim] as T,
    ...list.slice(plan.batch.length),
  ];
  return { ...withStrides(plan, moved), batch: moved(plan.batch) };
}

function withStrides(plan: ChainPlan, change: (strides: Strides) => Strides): ChainPlan {
  const changed = <T extends { readonly rows: Strides }>(of: T): T => ({ ...of, rows: change(of.rows) });
  const segments = plan.segments.map(
    (segment): PlannedSegment => ({
      ...segment,
      reads: segment.reads.map(changed),
      stores: segment.stores.map(changed),
      iotas: segment.iotas.map(changed),
      products: segment.products.map((product) => ({
        ...product,
        lhs: product.lhs.kind === "held" ? product.lhs : { kind: "tensor", tensor: changed(product.lhs.tensor) },
        rhs: changed(product.rhs),
      })),
    }),
  );
  return { ...plan, segments };
}
