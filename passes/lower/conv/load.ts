// Loads of a convolution's operand: blocks of its rows, channels on the partitions. What lies in the padding is filled on chip, so that
// no zeros pass through HBM; blocks that meet the padding alike are one loop.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { AccessDim } from "../../../ir-spec/tile.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run, tileExtent } from "../program-builder.ts";
import type { TiledConv } from "./tiling.ts";

/** Rows of a block's buffer that one element of the window has from the operand. */
interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** Blocks, one after the other, that have equally many rows and the same part of them in the padding. */
export interface BlockRun {
  readonly first: number;
  readonly count: number;
  /** Rows of the result. */
  readonly rows: number;
  /** Rows of the buffer. */
  readonly bufferRows: number;
  /** For each row of the window that is on partitions of its own. */
  readonly ranges: readonly RowRange[];
}

export function blockRuns({ plan, tiling }: TiledConv): readonly BlockRun[] {
  const { places } = plan.sizes.y;
  const count = Math.ceil(places / tiling.blockRows);
  const runs: BlockRun[] = [];
  for (let block = 0; block < count; block++) {
    const next = blockAt(plan.sizes, tiling, block);
    const last = runs.at(-1);
    if (last !== undefined && isSameBlock(last, next)) runs.splice(-1, 1, { ...last, count: last.count + 1 });
    else runs.push(next);
  }
  return runs;
}

function blockAt({ y }: TiledConv["plan"]["sizes"], tiling: TiledConv["tiling"], block: number): BlockRun {
  const { blockRows, buffer, packRows } = tiling;
  const start = block * blockRows;
  const rows = Math.min(blockRows, y.places - start);
  const bufferRows = buffer.rows - (blockRows - rows) * buffer.placeStep;
  const ranges = [...new Array(packRows).keys()].map((tap): RowRange => {
    const at = start * y.stride - y.before + tap * y.dilation;
    const first = Math.min(bufferRows, Math.max(0, Math.ceil(-at / buffer.rowStep)));
    const end = Math.min(bufferRows, Math.floor((y.size - 1 - at) / buffer.rowStep) + 1);
    return { first, count: Math.max(0, end - first) };
  });
  return { first: block, count: 1, rows, bufferRows, ranges };
}

function isSameBlock(a: BlockRun, b: BlockRun): boolean {
  const text = ({ rows, ranges }: BlockRun): string => JSON.stringify([rows, ranges]);
  return text(a) === text(b);
}

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
    for (let column = 0; column < packColumns; column++) {
      for (let row = 0; row < packRows; row++) emitPart(into, row, column);
    }
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
  const { ranges, bufferRows } = place.run;
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
  const top = Math.max(...ranges.map(({ first }) => first));
  const bottom = Math.min(...ranges.map(({ first, count }) => first + count));
  fillRows(0, top);
  fillRows(Math.max(top, bottom), bufferRows);
  const inner = Math.max(top, bottom) - top;
  const columns = [...new Array(packColumns).keys()].map((tap) => columnRange(tiled, tap));
  const left = Math.max(...columns.map(({ first }) => first));
  const right = Math.max(left, Math.min(...columns.map(({ first, count }) => first + count)));
  const fillColumns = (first: number, end: number): void => {
    if (end <= first || inner === 0) return;
    const dims = [{ stride: buffer.columns, size: { max: inner } }, run({ max: end - first })];
    fill(top * buffer.columns + first, dims);
  };
  fillColumns(0, left);
  fillColumns(right, buffer.columns);
}

/** The operand's elements for one element of the window. */
function emitPart({ tiled, place, body, block, channels, tile, size }: TileLoad, row: number, column: number): void {
  const { plan, tiling } = tiled;
  const { input, sizes } = plan;
  const { cTile, packRows, buffer, blockRows, isClipped } = tiling;
  const rows = place.run.ranges[row] ?? { first: 0, count: 0 };
  const columns = columnRange(tiled, column);
  if (rows.count === 0 || columns.count === 0) return;
  const { y, x } = sizes;
  const firstRow = rows.first * buffer.rowStep - y.before + row * y.dilation;
  const firstColumn = isClipped ? 0 : columns.first - x.before + column * x.dilation;
  const offset = addAffine(
    constant(input.offset + firstRow * input.y + firstColumn * input.x),
    scaleAffine(place.group, input.group),
    scaleAffine(place.image, input.image),
    scaleAffine(tile, cTile * input.channel),
    scaleAffine(place.block, blockRows * y.stride * input.y),
  );
  const dims = (rowStride: number, columnStride: number): readonly AccessDim[] => [
    { stride: rowStride, size: { max: rows.count } },
    { stride: columnStride, size: { max: columns.count } },
  ];
  const start = rows.first * buffer.columns + columns.first;
  const dst = chipAccess(block, channels, dims(buffer.columns, 1), addAffine(scaleAffine(tile, size), constant(start)));
  const first = (column * packRows + row) * cTile;
  emitOp(body, "dma", {
    dst: { ...dst, partition: { ...dst.partition, start: first } },
    src: hbmAccess(
      input.buffer,
      offset,
      { stride: input.channel, size: channels },
      dims(input.y * buffer.rowStep, input.x),
    ),
  });
}
