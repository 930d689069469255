// Loads of a convolution's operand: blocks of its rows, channels on the partitions. What lies in the padding is filled on chip, so that
// no zeros pass through HBM.

import { type Affine, addAffine, clampedExtent, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { AccessDim } from "../../../ir-spec/tile.ts";
import {
  type Body,
  chipAccess,
  emitAlloc,
  emitLoop,
  emitOp,
  emitWhere,
  hbmAccess,
  run,
  tileExtent,
} from "../program-builder.ts";
import type { BlockRun, LoopRange, RowRange } from "./blocks.ts";
import type { TiledConv } from "./tiling.ts";

/** Where a block is. */
export interface BlockPlace {
  readonly body: Body;
  readonly group: Affine;
  readonly image: Affine;
  /** Its number. */
  readonly block: Affine;
  readonly run: BlockRun;
}

/** The operand's part of a block: [elements of the window and channels, (tiles of channels, rows, columns)]. */
export function emitBlockLoad(tiled: TiledConv, place: BlockPlace): BufferId {
  const { context, plan, schedule, tiling } = tiled;
  const { cTile, cTiles, packRows, packColumns, buffer } = tiling;
  const { name, dtype } = context.builder.bufferInfo(plan.input.buffer);
  const size = buffer.rows * buffer.columns;
  const partitions = cTile * packRows * packColumns;
  const shape = [partitions, cTiles * size];
  const block = emitAlloc(context.builder, place.body, {
    name,
    memory: "sbuf",
    dtype,
    shape,
    slots: schedule.slots_in,
  });
  emitLoop(context.builder, place.body, { name: "c", trips: { max: cTiles } }, (body, tile) => {
    const channels = tileExtent(plan.sizes.c, cTile, tile);
    const into = { tiled, place, body, block, channels, tile, size };
    emitPadding(into);
    for (let column = 0; column < packColumns; column++) emitColumn(into, column);
  });
  return block;
}

interface TileLoad {
  readonly tiled: TiledConv;
  readonly place: BlockPlace;
  readonly body: Body;
  readonly block: BufferId;
  readonly channels: Extent;
  /** The tile of channels, and elements of a tile in each partition. */
  readonly tile: Affine;
  readonly size: number;
}

/** Columns of the buffer that one column of the window has from the operand. */
function columnRange({ plan, tiling }: TiledConv, tap: number): RowRange {
  const { size, before, dilation } = plan.sizes.x;
  const { columns } = tiling.buffer;
  if (tiling.isClipped) return { first: 0, count: columns };
  const at = tap * dilation - before;
  const first = Math.min(columns, Math.max(0, -at));
  return { first, count: Math.max(0, Math.min(columns, size - at) - first) };
}

/** Zeros in all rows and columns that some element of the window has from the padding. */
function emitPadding({ tiled, place, body, block, channels, tile, size }: TileLoad): void {
  const { packRows, packColumns, buffer } = tiled.tiling;
  const { inner, bufferRows } = place.run;
  const isOne = packRows * packColumns === 1;
  const partitions = isOne ? channels : { max: channels.max * packRows * packColumns };
  const fill = (first: number, dims: readonly AccessDim[]): void =>
    emitOp(
      body,
      "memset",
      { dst: chipAccess(block, partitions, dims, addAffine(scaleAffine(tile, size), constant(first))) },
      { value: 0 },
    );
  const fillRows = (first: number, end: number): void => {
    if (end > first) fill(first * buffer.columns, [run({ max: (end - first) * buffer.columns })]);
  };
  fillRows(0, inner.first);
  fillRows(inner.end, bufferRows);
  const rows = inner.end - inner.first;
  const columns = [...new Array(packColumns).keys()].map((tap) => columnRange(tiled, tap));
  const left = Math.max(...columns.map(({ first }) => first));
  const right = Math.max(left, Math.min(...columns.map(({ first, count }) => first + count)));
  const fillColumns = (first: number, end: number): void => {
    if (end <= first || rows === 0) return;
    const dims = [{ stride: buffer.columns, size: { max: rows } }, run({ max: end - first })];
    fill(inner.first * buffer.columns + first, dims);
  };
  fillColumns(0, left);
  fillColumns(right, buffer.columns);
}

/** The operand's elements for a column of the window: for each row of it all channels, or for each channel rows that have equally many. */
function emitColumn(load: TileLoad, column: number): void {
  const { tiled, place, channels } = load;
  const { cTile, packRows, areRowsInner } = tiled.tiling;
  const { input, sizes } = tiled.plan;
  const first = column * packRows * cTile;
  const { ranges } = place.run;
  if (!areRowsInner) {
    for (const [row, range] of ranges.entries()) {
      const start = first + row * cTile;
      emitRange(load, range, { row, column, channel: 0, start, size: channels, stride: input.channel });
    }
    return;
  }
  const stride = input.y * sizes.y.dilation;
  for (let channel = 0; channel < cTile; channel++) {
    for (const { from, count } of equalRuns(ranges, place.block)) {
      const start = first + channel * packRows + from;
      const part = { row: from, column, channel, start, size: { max: count }, stride };
      emitRange(load, ranges[from] as LoopRange, part);
    }
  }
}

/** Neighbours that are equal. */
function equalRuns(
  ranges: readonly LoopRange[],
  block: Affine,
): readonly { readonly from: number; readonly count: number }[] {
  const runs: { from: number; count: number }[] = [];
  const text = (range: LoopRange | undefined): string => JSON.stringify([range?.first, range?.count(block)]);
  for (const [index, range] of ranges.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && text(ranges[index - 1]) === text(range)) last.count++;
    else runs.push({ from: index, count: 1 });
  }
  return runs;
}

/** What one transfer brings: for some neighbours on the partitions the same part of the buffer. */
interface LoadPart {
  /** The element of the window, and the first channel of the tile. */
  readonly row: number;
  readonly column: number;
  readonly channel: number;
  /** Partitions, and elements of the operand between them. */
  readonly start: number;
  readonly size: Extent;
  readonly stride: number;
}

/** Rows that all blocks have, and before them those that the first one lacks. */
function emitRange(load: TileLoad, range: LoopRange, part: LoadPart): void {
  const { place, tiled } = load;
  emitPart(load, part, { first: range.first, count: range.count(place.block) });
  if (!place.run.hasMore || range.first === 0) return;
  emitWhere(tiled.context.builder, load.body, clampedExtent(1, place.block), (body) =>
    emitPart({ ...load, body }, part, { first: 0, count: { max: range.first } }),
  );
}

function emitPart(
  { tiled, place, body, block, tile, size }: TileLoad,
  part: LoadPart,
  rows: { readonly first: number; readonly count: Extent },
): void {
  const { plan, tiling } = tiled;
  const { input, sizes } = plan;
  const { cTile, buffer, blockRows, isClipped } = tiling;
  const { row, column } = part;
  const columns = columnRange(tiled, column);
  if (rows.count.max === 0 || columns.count === 0) return;
  const { y, x } = sizes;
  const firstRow = rows.first * buffer.rowStep - y.before + row * y.dilation;
  const firstColumn = isClipped ? 0 : columns.first - x.before + column * x.dilation;
  const offset = addAffine(
    constant(input.offset + firstRow * input.y + firstColumn * input.x + part.channel * input.channel),
    scaleAffine(place.group, input.group),
    scaleAffine(place.image, input.image),
    scaleAffine(tile, cTile * input.channel),
    scaleAffine(place.block, blockRows * y.stride * input.y),
  );
  const dims = (rowStride: number, columnStride: number): readonly AccessDim[] => [
    { stride: rowStride, size: rows.count },
    { stride: columnStride, size: { max: columns.count } },
  ];
  const start = rows.first * buffer.columns + columns.first;
  const dst = chipAccess(
    block,
    part.size,
    dims(buffer.columns, 1),
    addAffine(scaleAffine(tile, size), constant(start)),
  );
  emitOp(body, "dma", {
    dst: { ...dst, partition: { ...dst.partition, start: part.start } },
    src: hbmAccess(
      input.buffer,
      offset,
      { stride: part.stride, size: part.size },
      dims(input.y * buffer.rowStep, input.x),
    ),
  });
}
