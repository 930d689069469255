// The order of columns that nothing counts: each partition contracts neighbouring ones, which are one long run in memory.
//
//     keys 0 1 2 3 | 4 5 6 7     partition 0 has keys 0 to 3, partition 1 keys 4 to 7; k tile 0 is keys 0 and 4
//
// The columns of a product and the contracted dimension of the product after it are dealt out alike.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { LowerContext } from "../region.ts";
import { contractedTile } from "./contracted.ts";
import type { ChainSchedule } from "./fields.ts";
import type { ChainProduct, PlannedSegment, RightOperand } from "./plan.ts";

/** For each right operand whose columns or contracted elements are dealt out: among how many k tiles. */
export interface Dealt {
  readonly columns: ReadonlyMap<RightOperand, number>;
  readonly contracted: ReadonlyMap<RightOperand, number>;
}

export function dealColumns(
  context: LowerContext,
  segments: readonly PlannedSegment[],
  schedule: ChainSchedule,
): Dealt {
  const columns = new Map<RightOperand, number>();
  const contracted = new Map<RightOperand, number>();
  for (const segment of segments) {
    const readers = segments.flatMap(({ products }) => products.filter((product) => contracts(product, segment)));
    if (!isDealt(context, segment, { readers, schedule })) continue;
    const tiles = segment.columns / contractedTile(context, segment.columns);
    for (const { rhs } of segment.products) columns.set(rhs, tiles);
    for (const { rhs } of readers) contracted.set(rhs, tiles);
  }
  return { columns, contracted };
}

function contracts({ lhs }: ChainProduct, segment: PlannedSegment): boolean {
  return lhs.kind === "held" && segment.contracted.includes(lhs.value);
}

interface DealtPlace {
  readonly readers: readonly ChainProduct[];
  readonly schedule: ChainSchedule;
}

/** Whether the order is free, and runs get longer by it: columns are transposed by DMA, and what contracts them is loaded in rows. */
function isDealt(context: LowerContext, segment: PlannedSegment, { readers, schedule }: DealtPlace): boolean {
  const { columns, products, columnsAreFree } = segment;
  const isAsked =
    schedule.column_order === "dealt" && schedule.transpose_on === "dma" && schedule.load_rhs_per === "batch";
  const tile = contractedTile(context, columns);
  if (!isAsked || !columnsAreFree || readers.length === 0 || context.machine.accessDims < 2) return false;
  if (columns % tile !== 0 || columns === tile) return false;
  const areTransposed = products.every(({ rhs }) => rhs.k === 1 && rhs.n !== 1 && dtypeBytes(rhs.dtype) === 2);
  return products.length > 0 && areTransposed && readers.every(({ rhs }) => rhs.n === 1);
}
