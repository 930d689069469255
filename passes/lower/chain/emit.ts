// Lowering of a chain: for each tile of rows its segments one after the other; what passes between them stays on chip.
//
//     for batch { load right operands
//       for row tiles { for each segment {
//         for pieces of columns { matmul into PSUM, over k; row-wise nodes; rows that are held go to SBUF }
//         row-wise nodes on whole rows; transpose what later products contract; store } } }

import { type Affine, constant, scaleAffine } from "../../../ir-spec/affine.ts";
import { improveBody } from "../body/improve.ts";
import { emitFrom } from "../origin.ts";
import { type Body, emitLoop, tileExtent } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { emitInBlocks } from "./blocked.ts";
import { contractedTile, maxTransposedRows } from "./contracted.ts";
import { dealColumns } from "./dealt.ts";
import type { ChainSchedule } from "./fields.ts";
import { type Chain, type ChainLevel, type PlannedBlocks, withOwnValues } from "./level.ts";
import { loadAt } from "./loads.ts";
import { hasOddLastTile, openMask, planMasks } from "./masked.ts";
import type { ChainPlan } from "./plan.ts";
import { emitSegment } from "./segment.ts";

export function emitChain(context: LowerContext, plan: ChainPlan, schedule: ChainSchedule): Body {
  const body: Body = [];
  const sizes = { tileRows: rowsOfTile(context, plan, schedule), blocks: blocksOf(context, plan, schedule) };
  const chain: Chain = {
    context: { ...context, graph: plan.graph },
    plan,
    schedule,
    ...sizes,
    dealt: dealColumns(context, plan.segments, schedule),
    values: new Map(),
    operands: new Map(),
    masks: planMasks(context, plan, sizes),
    maskTiles: new Map(),
    bounds: new Map(),
  };
  const base = new Array<Affine>(plan.batch.length + 1).fill(constant(0));
  const [tile, column] = [constant(0), constant(0)];
  enter(chain, { body, outer: body, depth: 0, base, tile, column, rows: { max: chain.tileRows } });
  return body;
}

function rowsOfTile({ machine }: LowerContext, { rows }: ChainPlan, { tile_rows }: ChainSchedule): number {
  return Math.min(tile_rows, maxTransposedRows(machine), machine.peColumns, rows);
}

/** The blocks of a schedule, where rows have more than one. */
function blocksOf(
  context: LowerContext,
  { blocks }: ChainPlan,
  { block_columns }: ChainSchedule,
): PlannedBlocks | undefined {
  if (blocks === undefined) return undefined;
  const width = block_columns * contractedTile(context, blocks.columns);
  return width < blocks.columns ? { ...blocks, width } : undefined;
}

function enter(chain: Chain, level: ChainLevel): void {
  const { plan, context, tileRows, blocks } = chain;
  for (const segment of plan.segments) {
    loadAt(chain, segment, level);
    for (const mask of segment.masks)
      emitFrom(context, level.body, mask.values, () => openMask(chain, segment, mask, level));
  }
  const dims = plan.batch.length;
  if (level.depth > dims) {
    if (blocks === undefined) for (const segment of plan.segments) emitSegment(chain, segment, level);
    else emitInBlocks(chain, blocks, level);
    improveBody(context, level.outer, level.body);
    return;
  }
  const next = (body: Body, index: Affine): Omit<ChainLevel, "rows" | "tile"> => ({
    body,
    outer: body === level.body ? level.outer : level.body,
    depth: level.depth + 1,
    column: level.column,
    base: level.base.map((at, dim) => (dim === level.depth ? index : at)),
  });
  if (level.depth < dims) {
    const trips = { max: plan.batch[level.depth] as number };
    emitLoop(context.builder, level.body, { name: "b", trips }, (body, index) =>
      enter(chain, { ...next(body, index), tile: level.tile, rows: level.rows }),
    );
    return;
  }
  const tile = (body: Body, index: Affine): void =>
    enter(withOwnValues(chain), {
      ...next(body, scaleAffine(index, tileRows)),
      tile: index,
      rows: tileExtent(plan.rows, tileRows, index),
    });
  const tiles = Math.ceil(plan.rows / tileRows);
  const looped = hasOddLastTile(chain.masks, tiles) ? tiles - 1 : tiles;
  emitLoop(context.builder, level.body, { name: "p", trips: { max: looped } }, tile);
  if (looped < tiles) tile(level.body, constant(looped));
}
