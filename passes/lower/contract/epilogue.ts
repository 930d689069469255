// The end of a contraction: finished tiles leave their accumulator, go through the region's elementwise ops and are
// stored.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run } from "../program-builder.ts";
import type { Destination, TileValue } from "../tile-values.ts";
import { firstTile, type NestIndex, tileElements, tilesInside, tileTrips } from "./nest.ts";
import {
  elementsOfRow,
  type LocalTile,
  openResults,
  placeInResults,
  type Results,
  type StoreUnit,
  storeResults,
  storeUnit,
} from "./results.ts";
import { runEpilogue } from "./run-epilogue.ts";
import {
  type Accumulator,
  accumulatorTile,
  type Columns,
  type NestPosition,
  type StridedTensor,
  stridedOffset,
  type TiledContract,
} from "./tiled.ts";

export interface EvictTile {
  readonly position: NestPosition;
  readonly rows: Extent;
  readonly columns: Extent;
  /** The row of tiles that it belongs to, and its number in that. */
  readonly sTile: Affine;
  readonly v: Affine;
  /** Operands of the epilogue for the row of tiles: [s tile, v elements]. */
  readonly wides: ReadonlyMap<ValueId, BufferId>;
}

/** Tiles of sums, and what is gathered of their results outside of the position. */
export interface Finished {
  readonly from: Accumulator;
  readonly memory: "psum" | "sbuf";
  readonly gathered: Results | undefined;
}

export function emitEpilogue(tiled: TiledContract, position: NestPosition, { from, memory, gathered }: Finished): void {
  const { nest, context } = tiled;
  const { builder } = context;
  const unit = gathered === undefined ? storeUnit(tiled, position) : undefined;
  const open = (body: Body, at: StoreUnit): Results | undefined =>
    at === unit ? openResults(tiled, { ...position, body }, unit) : undefined;
  const ofBlock = open(position.body, "block");
  const whole = { index: constant(0), elements: { max: nest.dims.s.tile } };
  const broadcast = emitWideReads(tiled, position, "broadcast", whole);
  emitLoop(
    builder,
    position.body,
    { name: "s", trips: tileTrips(nest, "s", position.depth, position.index) },
    (rowsBody, s) => {
      const sTile = addAffine(firstTile(nest, "s", position.index), s);
      const rows = tileElements(nest, "s", sTile);
      const ofRow = open(rowsBody, "row");
      const perRow = emitWideReads(tiled, { ...position, body: rowsBody }, "per_row", { index: sTile, elements: rows });
      const wides = new Map([...broadcast, ...perRow]);
      emitLoop(
        builder,
        rowsBody,
        { name: "v", trips: tileTrips(nest, "v", position.depth, position.index) },
        (body, v) => {
          const vTile = addAffine(firstTile(nest, "v", position.index), v);
          const columns = tileElements(nest, "v", vTile);
          const inside = (outer: NestIndex): LocalTile => ({
            s: addAffine(sTile, scaleAffine(firstTile(nest, "s", outer), -1)),
            v: addAffine(vTile, scaleAffine(firstTile(nest, "v", outer), -1)),
          });
          const source = accumulatorTile(from, inside(from.index), rows, columns);
          const ofTile = open(body, "tile");
          const results = (gathered ?? ofBlock ?? ofRow ?? ofTile) as Results;
          const to = placeInResults(tiled, results, { local: inside(results.position.index), rows, columns });
          emitTile(tiled, { position: { ...position, body }, rows, columns, sTile, v, wides }, source, to, memory);
          if (ofTile !== undefined) storeResults(tiled, ofTile, { s, v });
        },
      );
      if (ofRow !== undefined) storeResults(tiled, ofRow, { s, v: constant(0) });
    },
  );
  if (ofBlock !== undefined) storeResults(tiled, ofBlock);
}

/**
 * Loads the epilogue's operands that are the same in all columns, once for the whole product, or for all products
 * that are computed together: each as [s tile, tiles], so that
 * the rows of a tile lie on its partitions.
 */
export function emitColumns(tiled: TiledContract, body: Body, batch: readonly Affine[]): Columns {
  const { builder } = tiled.context;
  const { size, tile, tiles } = tiled.nest.dims.s;
  const columns = new Map<ValueId, BufferId>();
  for (const value of tiled.epilogue.reads) {
    const tensor = tiled.others.get(value) as StridedTensor;
    if (tensor.v !== 0 || (tiled.batches > 1 && tensor.batch.at(-1) !== 0)) continue;
    const { name, dtype } = builder.bufferInfo(tensor.buffer);
    const slots = tiled.schedule.slots_rhs;
    const buffer = emitAlloc(builder, body, { name, memory: "sbuf", dtype, shape: [tile, tiles], slots });
    const load = (first: number, count: number, rows: number): void => {
      if (count === 0 || rows === 0) return;
      const offset = stridedOffset(tensor, batch, { s: constant(first * tile), v: constant(0), k: constant(0) });
      const dims = [{ stride: tensor.s * tile, size: { max: count } }];
      emitOp(body, "dma", {
        dst: chipAccess(buffer, { max: rows }, [run({ max: count })], constant(first)),
        src: hbmAccess(tensor.buffer, offset, { stride: tensor.s, size: { max: rows } }, dims),
      });
    };
    const fullTiles = Math.floor(size / tile);
    load(0, fullTiles, tile);
    load(fullTiles, tiles - fullTiles, size % tile);
    columns.set(value, buffer);
  }
  return columns;
}

/** A row of tiles: its number, and how many rows of elements it has. */
interface TileRow {
  readonly index: Affine;
  readonly elements: Extent;
}

/**
 * Loads the epilogue's operands for a row of tiles of the position at once, as [s tile, v elements]: those that each row of
 * elements has for itself (`per_row`), or those that are the same in all of them (`broadcast`).
 */
function emitWideReads(
  tiled: TiledContract,
  position: NestPosition,
  which: "per_row" | "broadcast",
  row: TileRow,
): Map<ValueId, BufferId> {
  const { nest, context, schedule, epilogue } = tiled;
  const { builder } = context;
  const wides = new Map<ValueId, BufferId>();
  const at = {
    s: scaleAffine(row.index, nest.dims.s.tile),
    v: scaleAffine(firstTile(nest, "v", position.index), nest.dims.v.tile),
    k: constant(0),
  };
  for (const value of epilogue.reads) {
    const tensor = tiled.others.get(value) as StridedTensor;
    if (tensor.v === 0 || (tensor.s === 0) !== (which === "broadcast")) continue;
    const { name, dtype } = builder.bufferInfo(tensor.buffer);
    const shape = [nest.dims.s.tile, tilesInside(nest, "v", position.depth) * nest.dims.v.tile];
    const buffer = emitAlloc(builder, position.body, { name, memory: "sbuf", dtype, shape, slots: schedule.slots_rhs });
    const elements = elementsOfRow(tiled, position);
    emitOp(position.body, "dma", {
      dst: chipAccess(buffer, row.elements, [run(elements)]),
      src: hbmAccess(
        tensor.buffer,
        stridedOffset(tensor, position.batch, at),
        { stride: tensor.s, size: row.elements },
        [{ stride: tensor.v, size: elements }],
      ),
    });
    wides.set(value, buffer);
  }
  return wides;
}

/** A tile of results through the nodes of the epilogue. */
export function emitTile(
  tiled: TiledContract,
  tile: EvictTile,
  source: Access,
  to: Destination,
  memory: "psum" | "sbuf",
): void {
  const { epilogue, context, schedule } = tiled;
  const { rows, columns } = tile;
  const scope = { builder: context.builder, body: tile.position.body, rows, columns, slots: schedule.slots_out };
  const evict = memory === "psum" ? schedule.evict : "dve";
  const operandOf = (value: ValueId): TileValue => operandAt(tiled, tile, value);
  runEpilogue({ context, epilogue, scope, operandOf, evict }, source, to);
}

/** An operand of the epilogue, as this tile sees it. */
function operandAt(
  tiled: TiledContract,
  { position, rows, columns, sTile, v, wides }: EvictTile,
  value: ValueId,
): TileValue {
  const column = position.columns.get(value);
  if (column !== undefined) return { kind: "column", access: chipAccess(column, rows, [run({ max: 1 })], sTile) };
  const wide = wides.get(value) as BufferId;
  return { kind: "tile", access: chipAccess(wide, rows, [run(columns)], scaleAffine(v, tiled.nest.dims.v.tile)) };
}
