// How a chain uses its masks: where they are on chip, and how a piece of a product is masked in PSUM.

import { addAffine, clampedExtent, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { type Body, chipAccess, emitAlloc, emitOp, emitWhere, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { columnsOf, contractedTile } from "./contracted.ts";
import { type Chain, type ChainLevel, type Piece, type PlacedMask, withRows } from "./level.ts";
import { type ColumnMask, columnsBefore, emitMask, grown, isSameInAllTiles, maskShape } from "./masks.ts";
import type { ChainPlan, PlannedSegment } from "./plan.ts";
import { emitBounds, rangeOfMask } from "./range-masks.ts";

export function planMasks(
  context: LowerContext,
  plan: ChainPlan,
  { tileRows, blocks }: Pick<Chain, "tileRows" | "blocks">,
): ReadonlyMap<ValueId, PlacedMask> {
  const masks = new Map<ValueId, PlacedMask>();
  for (const [at, segment] of plan.segments.entries()) {
    const width = blocks?.segment === at ? blocks.width : segment.columns;
    for (const mask of segment.masks)
      masks.set(mask.result, placeMask(context, { plan, segment, mask, tileRows, width }));
  }
  return masks;
}

/** Whether what the last tile sees ends where the columns do, before its regular end. */
export function hasOddLastTile(masks: ReadonlyMap<ValueId, PlacedMask>, tiles: number): boolean {
  return [...masks.values()].some(({ shape, columns }) => {
    return shape !== undefined && tiles > 1 && shape.hidden.first + shape.hidden.step * (tiles - 1) > columns;
  });
}

interface MaskPlace {
  readonly plan: ChainPlan;
  readonly segment: PlannedSegment;
  readonly mask: ColumnMask;
  readonly tileRows: number;
  /** Columns that are on chip at a time. */
  readonly width: number;
}

function placeMask(context: LowerContext, place: MaskPlace): PlacedMask {
  const { plan, segment, mask } = place;
  return { ...shapeMask(context, place), mask, range: rangeOfMask(context, plan, segment, mask) };
}

function shapeMask(
  context: LowerContext,
  { plan, segment, mask, tileRows, width }: MaskPlace,
): Pick<PlacedMask, "shape" | "band" | "columns"> {
  const { columns } = segment;
  const granule = Math.max(tileRows, contractedTile(context, columns));
  const isRegular =
    mask.isSkipped &&
    plan.rowsAreOneDimension &&
    (width === columns || (width % granule === 0 && columns % granule === 0)) &&
    granule === tileRows &&
    tileRows % contractedTile(context, columns) === 0;
  const shape = isRegular ? maskShape(mask.visible, { rows: plan.rows, columns, tileRows, granule }) : undefined;
  if (shape === undefined) return { shape, band: undefined, columns };
  const { masked, hidden } = shape;
  const tiles = Math.ceil(plan.rows / tileRows);
  // All tiles but the last one have columns left after what they see.
  if (tiles > 1 && hidden.first + hidden.step * (tiles - 2) > columns)
    return { shape: undefined, band: undefined, columns };
  const isBand = masked.step === hidden.step && isSameInAllTiles(mask.visible, tileRows, masked.step);
  return { shape, band: isBand ? Math.min(hidden.first - masked.first, columns) : undefined, columns };
}

/** The columns of a segment that a tile of rows computes. */
export function computedColumns(chain: Chain, { columns, masks }: PlannedSegment, { tile }: ChainLevel): Extent {
  for (const { result } of masks) {
    const shape = chain.masks.get(result)?.shape;
    if (shape !== undefined) return columnsBefore(shape.hidden, tile, columns);
  }
  return { max: columns };
}

/** Makes the tile of a mask of `segment` at the place that it depends on: once for all rows, for each tile of rows, or for each block. */
export function openMask(chain: Chain, segment: PlannedSegment, mask: ColumnMask, level: ChainLevel): void {
  const { context, plan, masks, maskTiles, bounds, tileRows, blocks } = chain;
  const placed = masks.get(mask.result);
  invariant(placed !== undefined, "a mask of the chain");
  if (placed.range !== undefined) {
    if (level.depth === 0) bounds.set(mask.result, emitBounds(context, level.body, placed.range, tileRows));
    return;
  }
  const isInBlocks = blocks?.segment === segment.at;
  const isOnce = placed.band !== undefined || (plan.rows <= tileRows && !isInBlocks);
  if (level.depth !== (isOnce ? 0 : plan.batch.length + (isInBlocks ? 2 : 1))) return;
  const first = placed.band === undefined ? level.column : constant(placed.shape?.masked.first ?? 0);
  const tile = {
    rows: tileRows,
    columns: placed.band ?? segment.columns,
    row: scaleAffine(level.tile, tileRows),
    column: first,
  };
  const buffer = emitAlloc(context.builder, level.body, {
    name: "hidden",
    memory: "sbuf",
    dtype: "f32",
    shape: [tileRows, 1],
    slots: 1,
  });
  const number = chipAccess(buffer, { max: tileRows }, [run({ max: 1 })]);
  emitOp(level.body, "memset", { dst: number }, { value: mask.constant });
  maskTiles.set(mask.result, { mask: emitMask(context, level.body, mask.visible, tile), number });
}

/** Replaces the hidden elements of a piece of a product in PSUM. */
export function applyMask(
  chain: Chain,
  mask: ColumnMask,
  level: ChainLevel,
  { piece, product, width }: { readonly piece: Piece; readonly product: Access; readonly width: number },
): void {
  const { context, masks, maskTiles } = chain;
  const placed = masks.get(mask.result);
  // It is masked as it leaves PSUM.
  if (placed?.range !== undefined) return;
  const tiles = maskTiles.get(mask.result);
  invariant(placed !== undefined && tiles !== undefined, "a mask that was made");
  const { shape, band } = placed;
  if (shape === undefined || band === undefined) {
    select(piece.body, {
      product,
      mask: columnsOf(withRows(tiles.mask, level.rows), piece.at, piece.columns),
      number: tiles.number,
      rows: level.rows,
    });
    return;
  }
  // The band lies in one piece: the one that its first column is in.
  const first = grown(shape.masked, level.tile);
  const offset = addAffine(first, scaleAffine(addAffine(piece.at, level.column), -1));
  const end = grown(shape.hidden, level.tile);
  const last = end.terms.length === 0 ? constant(Math.min(end.constant, placed.columns)) : end;
  const columns = clampedExtent(band, addAffine(last, scaleAffine(first, -1)));
  const isAfterStart = clampedExtent(1, addAffine(offset, constant(1)));
  const isBeforeEnd = clampedExtent(1, addAffine(constant(width), scaleAffine(offset, -1)));
  emitWhere(context.builder, piece.body, isAfterStart, (outer) =>
    emitWhere(context.builder, outer, isBeforeEnd, (body) =>
      select(body, {
        product: columnsOf(product, offset, columns),
        mask: columnsOf(withRows(tiles.mask, level.rows), constant(0), columns),
        number: tiles.number,
        rows: level.rows,
      }),
    ),
  );
}

interface Selected {
  readonly product: Access;
  readonly mask: Access;
  readonly number: Access;
  readonly rows: Extent;
}

function select(body: Body, { product, mask, number, rows }: Selected): void {
  const [columns] = mask.dims;
  invariant(columns !== undefined, "a mask has columns");
  const onFalse: Access = { ...withRows(number, rows), dims: [{ stride: 0, size: columns.size }] };
  emitOp(body, "select", { dst: product, predicate: mask, on_true: product, on_false: onFalse });
}
