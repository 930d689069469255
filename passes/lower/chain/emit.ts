// Lowering of a chain: for each tile of rows its segments one after the other; what passes between them stays on chip.
//
//     for batch { load right operands
//       for row tiles { for each segment {
//         for pieces of columns { matmul into PSUM, over k; row-wise nodes; rows that are held go to SBUF }
//         row-wise nodes on whole rows; transpose what later products contract; store } } }

import { type Affine, addAffine, constant, scaleAffine, term } from "../../../ir-spec/affine.ts";
import type { TileStatement } from "../../../ir-spec/tile.ts";
import { coverLoads } from "../body/cover-loads.ts";
import { improveBody } from "../body/improve.ts";
import { readInPsum } from "../body/in-psum.ts";
import { mergeTransfers } from "../body/merge-transfers.ts";
import { rewriteBody } from "../body/rewrite.ts";
import { sideBySide } from "../body/side-by-side.ts";
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
import { groupOf, withGroups } from "./units.ts";
import { inWindow, partsByWindow, placeOf } from "./windows.ts";

export function emitChain(context: LowerContext, ungrouped: ChainPlan, schedule: ChainSchedule): Body {
  const body: Body = [];
  const group = groupOf(ungrouped, schedule);
  const plan = withGroups(ungrouped, schedule);
  const sizes = { tileRows: rowsOfTile(context, plan, schedule), blocks: blocksOf(context, plan, schedule) };
  const chain: Chain = {
    context: { ...context, graph: plan.graph },
    plan,
    schedule,
    group,
    unfinished: new Set(),
    ...sizes,
    dealt: dealColumns(context, plan.segments, schedule),
    values: new Map(),
    operands: new Map(),
    masks: planMasks(context, plan, sizes),
    tiles: { first: 0, end: Math.ceil(plan.rows / sizes.tileRows) },
    maskTiles: new Map(),
    bounds: new Map(),
  };
  const base = new Array<Affine>(plan.batch.length + 1).fill(constant(0));
  const [tile, column] = [constant(0), constant(0)];
  const level = { body, outer: body, depth: 0, base, tile, column, rows: { max: chain.tileRows } };
  for (const part of partsByWindow(chain)) enter(withOwnValues(part), level);
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
      emitFrom(context, level.body, mask.values, () => openMask(chain, segment, mask, placeOf(chain, segment, level)));
  }
  const dims = plan.batch.length;
  if (level.depth > dims) {
    if (blocks === undefined)
      for (const segment of plan.segments) emitSegment(chain, segment, placeOf(chain, segment, level));
    else emitInBlocks(chain, blocks, level);
    if (chain.group === 1) improveBody(context, level.outer, level.body);
    else leaveUnfinished(chain, level.body);
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
    const group = level.depth === dims - 1 ? chain.group : 1;
    const trips = { max: (plan.batch[level.depth] as number) / group };
    emitLoop(context.builder, level.body, { name: "b", trips }, (body, index) => {
      const inner = { ...next(body, index), tile: level.tile, rows: level.rows };
      if (group === 1) enter(chain, inner);
      else enterGroup(chain, level, inner);
    });
    return;
  }
  const tile =
    (own: Chain, first: number) =>
    (body: Body, index: Affine): void => {
      const number = addAffine(index, constant(first));
      const place = { tile: number, rows: tileExtent(plan.rows, tileRows, number) };
      enter(withOwnValues(own), { ...next(body, scaleAffine(number, tileRows)), ...place });
    };
  const { first, end, window } = chain.tiles;
  const own = window === undefined ? chain : inWindow(chain, window);
  const isOdd = end === Math.ceil(plan.rows / tileRows) && window === undefined && hasOddLastTile(chain.masks, end);
  const looped = isOdd ? end - 1 : end;
  emitLoop(context.builder, level.body, { name: "p", trips: { max: looped - first } }, tile(own, first));
  if (looped < end) tile(own, looped)(level.body, constant(0));
}

/** The tiles of a group, one after the other at first, and then side by side. */
function enterGroup(chain: Chain, { depth }: ChainLevel, inner: ChainLevel): void {
  const { context, group, unfinished, schedule } = chain;
  const loop = context.builder.loop("g");
  const body: Body = [];
  const index = addAffine(scaleAffine(inner.base[depth] as Affine, group), term(loop, 1));
  const base = inner.base.with(depth, index);
  enter(chain, { ...inner, body, outer: body, base });
  const finish = (original: readonly TileStatement[], outer: Body, own: Body): void => {
    if (unfinished.has(original)) improveBody(context, outer, own, { sides: group });
  };
  const areTogether = schedule.group_functions === "all";
  const side = { loop, count: group, banks: schedule.psum_banks, areTogether, finish };
  inner.body.push(...sideBySide(context, side, body));
  finish(body, inner.outer, inner.body);
}

/** The forms that statements have for one tile; what is done for a loop's body comes once tiles are side by side. */
function leaveUnfinished({ context, unfinished }: Chain, body: Body): void {
  const transferred = coverLoads(context, mergeTransfers(context.builder, body));
  body.splice(0, body.length, ...readInPsum(context, rewriteBody(context, transferred)));
  unfinished.add(body);
}
