// Finished tiles of a contraction on their way out: gathered in a buffer, whose whole content one DMA stores. What is gathered is a tile, a row
// of tiles, or several rows, inside a position of the nest: where sums are finished, or further out.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { chipAccess, emitAlloc, emitOp, hbmAccess, run } from "../program-builder.ts";
import type { Destination } from "../tile-values.ts";
import { firstTile, tileElements, tilesInside, tileTrips } from "./nest.ts";
import { type NestPosition, type StridedTensor, stridedOffset, type TiledContract } from "./tiled.ts";

export type StoreUnit = "tile" | "row" | "block";

/** What one DMA stores of the tiles inside a position: all rows of them where there are several, and all have as many rows of elements. */
export function storeUnit({ nest, schedule }: TiledContract, position: NestPosition): StoreUnit {
  if (schedule.store_per !== "block") return schedule.store_per === "tile" ? "tile" : "row";
  const { size, tile } = nest.dims.s;
  const trips = tileTrips(nest, "s", position.depth, position.index);
  return trips.max > 1 && trips.limit === undefined && size % tile === 0 ? "block" : "row";
}

/** A tile's place: the number of its row of tiles, and its own in that, both counted from the first ones inside the position. */
export interface LocalTile {
  readonly s: Affine;
  readonly v: Affine;
}

export const firstLocal: LocalTile = { s: constant(0), v: constant(0) };

export interface Results {
  readonly buffer: BufferId;
  readonly unit: StoreUnit;
  /** Inside of which they are stored together. */
  readonly position: NestPosition;
}

/** The buffer, allocated where one DMA's worth of tiles begins. */
export function openResults(tiled: TiledContract, position: NestPosition, unit: StoreUnit): Results {
  const { nest, context, schedule } = tiled;
  const rows = unit === "block" ? tilesInside(nest, "s", position.depth) : 1;
  const buffer = emitAlloc(context.builder, position.body, {
    name: context.builder.bufferInfo(storeOf(tiled).buffer).name,
    memory: "sbuf",
    dtype: typeOf(context.graph, tiled.epilogue.output).dtype,
    shape: [nest.dims.s.tile, rows * columnsOf(tiled, position, unit)],
    slots: schedule.slots_out,
  });
  return { buffer, unit, position };
}

const storeOf = (tiled: TiledContract): StridedTensor => tiled.others.get(tiled.epilogue.output) as StridedTensor;

/** Columns of the buffer for each row of tiles. */
function columnsOf({ nest }: TiledContract, { depth }: NestPosition, unit: StoreUnit): number {
  return unit === "tile" ? nest.dims.v.tile : tilesInside(nest, "v", depth) * nest.dims.v.tile;
}

/** Where a tile is put. */
export function placeInResults(
  tiled: TiledContract,
  { buffer, unit, position }: Results,
  { local, rows, columns }: { readonly local: LocalTile; readonly rows: Extent; readonly columns: Extent },
): Destination {
  const { name, dtype } = tiled.context.builder.bufferInfo(buffer);
  const row = unit === "block" ? scaleAffine(local.s, columnsOf(tiled, position, unit)) : constant(0);
  const column = unit === "tile" ? constant(0) : scaleAffine(local.v, tiled.nest.dims.v.tile);
  return { name, dtype, access: chipAccess(buffer, rows, [run(columns)], addAffine(row, column)) };
}

/** The DMA that stores what is gathered; `local` is its first tile. */
export function storeResults(
  tiled: TiledContract,
  { buffer, unit, position }: Results,
  local: LocalTile = firstLocal,
): void {
  const { nest } = tiled;
  const store = storeOf(tiled);
  const sTile = addAffine(firstTile(nest, "s", position.index), local.s);
  const vTile = addAffine(firstTile(nest, "v", position.index), local.v);
  const rows = tileElements(nest, "s", sTile);
  const columns = unit === "tile" ? tileElements(nest, "v", vTile) : elementsOfRow(tiled, position);
  const at = { s: scaleAffine(sTile, nest.dims.s.tile), v: scaleAffine(vTile, nest.dims.v.tile), k: constant(0) };
  const offset = stridedOffset(store, position.batch, at);
  const several = { size: { max: tilesInside(nest, "s", position.depth) } };
  const inHbm = [{ stride: store.v, size: columns }];
  const onChip = [run(columns)];
  if (unit === "block") {
    inHbm.unshift({ stride: store.s * nest.dims.s.tile, ...several });
    onChip.unshift({ stride: columnsOf(tiled, position, unit), ...several });
  }
  const dst: Access = hbmAccess(store.buffer, offset, { stride: store.s, size: rows }, inHbm);
  emitOp(position.body, "dma", { dst, src: chipAccess(buffer, rows, onChip) });
}

/** The elements of a row of the position's tiles. */
export function elementsOfRow({ nest }: TiledContract, position: NestPosition): Extent {
  const { size, tile } = nest.dims.v;
  const max = Math.min(size, tilesInside(nest, "v", position.depth) * tile);
  const first = scaleAffine(firstTile(nest, "v", position.index), -tile);
  if (size % max === 0) return { max };
  return { max, limit: { constant: size + first.constant, terms: first.terms } };
}
