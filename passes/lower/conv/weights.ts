// Loads of a convolution's weights: rows of the result's channels as they are in memory, transposed on the array for each product, so that
// what is contracted is on the partitions.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Access, AccessDim } from "../../../ir-spec/tile.ts";
import { emitFastCopy } from "../contract/evict.ts";
import { maxTransposeSlots } from "../contract/load.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run, tileExtent } from "../program-builder.ts";
import type { ConvProduct, TiledConv } from "./tiling.ts";

/** Weights on chip: [elements of the window and channels, (tiles of the result's channels, tiles of channels, products, result's channels)]. */
export interface LoadedWeights {
  readonly buffer: BufferId;
  /** The first tile of the result's channels. */
  readonly first: Affine;
}

export interface WeightsPlace {
  readonly body: Body;
  readonly group: Affine;
  /** The first tile of the result's channels, and how many. */
  readonly first: Affine;
  readonly tiles: number;
}

/** Rows that a product contracts, of so many channels. */
export function contractedRows({ rows, columns }: ConvProduct, channels: Extent): Extent {
  const taps = rows * columns;
  return taps === 1 ? channels : { max: channels.max * taps };
}

export function emitWeights(tiled: TiledConv, place: WeightsPlace): LoadedWeights {
  const { context, plan, schedule, tiling } = tiled;
  const { cTile, cTiles, mTile, packRows, packColumns, products } = tiling;
  const { builder } = context;
  const { name, dtype } = builder.bufferInfo(plan.weights.buffer);
  const shape = [cTile * packRows * packColumns, place.tiles * cTiles * products.length * mTile];
  const slots = schedule.slots_weights;
  const buffer = emitAlloc(builder, place.body, { name, memory: "sbuf", dtype, shape, slots });
  emitLoop(builder, place.body, { name: "m", trips: { max: place.tiles } }, (outer, m) => {
    emitLoop(builder, outer, { name: "c", trips: { max: cTiles } }, (body, c) =>
      emitTile(tiled, { ...place, body, buffer, m, c }),
    );
  });
  return { buffer, first: place.first };
}

interface TilePlace extends WeightsPlace {
  readonly buffer: BufferId;
  readonly m: Affine;
  readonly c: Affine;
}

/** The weights of a tile of channels of both sides. */
function emitTile(tiled: TiledConv, place: TilePlace): void {
  const { context, plan, schedule, tiling } = tiled;
  const { weights, sizes } = plan;
  const { builder, machine } = context;
  const { name, dtype } = builder.bufferInfo(weights.buffer);
  const m = addAffine(place.first, place.m);
  const rows = tileExtent(sizes.m, tiling.mTile, m);
  const channels = tileExtent(sizes.c, tiling.cTile, place.c);
  const taps = sizes.y.taps * sizes.x.taps;
  const raw = emitAlloc(builder, place.body, {
    name: `${name}_rows`,
    memory: "sbuf",
    dtype,
    shape: [tiling.mTile, tiling.cTile * taps],
    slots: schedule.slots_weights,
  });
  const offset = addAffine(
    constant(weights.offset),
    scaleAffine(place.group, weights.group),
    scaleAffine(m, tiling.mTile * weights.m),
    scaleAffine(place.c, tiling.cTile * weights.c),
  );
  const window = (y: number, x: number): readonly AccessDim[] => [
    { stride: y, size: { max: sizes.y.taps } },
    { stride: x, size: { max: sizes.x.taps } },
  ];
  emitOp(place.body, "dma", {
    dst: chipAccess(raw, rows, [{ stride: taps, size: channels }, ...window(sizes.x.taps, 1)]),
    src: hbmAccess(weights.buffer, offset, { stride: weights.m, size: rows }, [
      { stride: weights.c, size: channels },
      ...window(weights.y, weights.x),
    ]),
  });
  const perBank = Math.floor(machine.psumBankBytesPerPartition / dtypeBytes(dtype) / tiling.mTile);
  // Two places in PSUM take turns, however many chunks there are.
  const chunks = chunksOf(tiling.products, Math.max(1, perBank));
  const shape = [
    tiling.cTile * tiling.packRows * tiling.packColumns,
    Math.max(...chunks.map(({ count }) => count)) * tiling.mTile,
  ];
  const banks = chunks
    .slice(0, maxTransposeSlots)
    .map(() => emitAlloc(builder, place.body, { name: `${name}_t`, memory: "psum", dtype, shape, slots: 1 }));
  for (const [index, chunk] of chunks.entries()) {
    const psum = banks[index % banks.length] as BufferId;
    emitTransposes(tiled, place, { raw, psum, rows, channels }, chunk);
  }
}

/** Products one after the other that contract equally many rows, and leave PSUM together. */
interface Chunk {
  readonly first: number;
  readonly count: number;
}

function chunksOf(products: readonly ConvProduct[], most: number): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const [index, product] of products.entries()) {
    const last = chunks.at(-1);
    const before = products[index - 1];
    const isAlike = before?.rows === product.rows && before.columns === product.columns;
    if (last !== undefined && isAlike && last.count < most) chunks.splice(-1, 1, { ...last, count: last.count + 1 });
    else chunks.push({ first: index, count: 1 });
  }
  return chunks;
}

interface RawWeights {
  readonly raw: BufferId;
  readonly psum: BufferId;
  readonly rows: Extent;
  readonly channels: Extent;
}

function emitTransposes(
  tiled: TiledConv,
  place: TilePlace,
  { raw, psum, rows, channels }: RawWeights,
  chunk: Chunk,
): void {
  const { context, plan, tiling } = tiled;
  const { x, y } = plan.sizes;
  const chosen = tiling.products.slice(chunk.first, chunk.first + chunk.count);
  const contracted = contractedRows(tiling.products[chunk.first] as ConvProduct, channels);
  for (const [index, product] of chosen.entries()) {
    const columnDim = { stride: 1, size: { max: product.columns } };
    const rowDim = { stride: x.taps, size: { max: product.rows } };
    const channelDim = { stride: x.taps * y.taps, size: channels };
    const inner = tiling.areRowsInner ? [channelDim, rowDim] : [rowDim, channelDim];
    const dims = [columnDim, ...inner].filter((dim) => dim === channelDim || dim.size.max > 1);
    const src = chipAccess(raw, rows, dims, constant(product.ty * x.taps + product.tx));
    emitOp(place.body, "transpose", {
      dst: chipAccess(psum, contracted, [run(rows)], constant(index * tiling.mTile)),
      src,
    });
  }
  const dims = [{ stride: tiling.mTile, size: { max: chunk.count } }, run(rows)];
  const tile = addAffine(scaleAffine(place.m, tiling.cTiles), place.c);
  const at = addAffine(scaleAffine(tile, tiling.products.length), constant(chunk.first));
  emitFastCopy(context, place.body, {
    dst: chipAccess(place.buffer, contracted, dims, scaleAffine(at, tiling.mTile)),
    src: chipAccess(psum, contracted, dims),
  });
}

/** The weights of a product: what it contracts, and a tile of the result's channels. */
export function weightsTile(
  { tiling }: TiledConv,
  { buffer, first }: LoadedWeights,
  at: { readonly m: Affine; readonly c: Affine; readonly product: number },
  size: { readonly contracted: Extent; readonly rows: Extent },
): Access {
  const m = addAffine(at.m, scaleAffine(first, -1));
  const tile = addAffine(scaleAffine(m, tiling.cTiles), at.c);
  const offset = addAffine(scaleAffine(tile, tiling.products.length), constant(at.product));
  return chipAccess(buffer, size.contracted, [run(size.rows)], scaleAffine(offset, tiling.mTile));
}
