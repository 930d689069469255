// The end of a contraction: finished tiles leave their accumulator, go through the region's elementwise ops and are
// stored.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run } from "../program-builder.ts";
import type { Destination, TileValue } from "../tile-values.ts";
import { firstTile, tileElements, tilesInside, tileTrips } from "./nest.ts";
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

export function emitEpilogue(
  tiled: TiledContract,
  position: NestPosition,
  from: Accumulator,
  memory: "psum" | "sbuf",
): void {
  const { nest, context, schedule } = tiled;
  const { builder } = context;
  const dtype = typeOf(context.graph, tiled.epilogue.output).dtype;
  const store = tiled.others.get(tiled.epilogue.output) as StridedTensor;
  const name = builder.bufferInfo(store.buffer).name;
  const wide = tilesInside(nest, "v", position.depth) * nest.dims.v.tile;
  const broadcast = emitWideReads(tiled, position, "broadcast", {
    index: constant(0),
    elements: { max: nest.dims.s.tile },
  });
  emitLoop(
    builder,
    position.body,
    { name: "s", trips: tileTrips(nest, "s", position.depth, position.index) },
    (rowsBody, s) => {
      const sTile = addAffine(firstTile(nest, "s", position.index), s);
      const rows = tileElements(nest, "s", sTile);
      const shape = [nest.dims.s.tile, wide];
      const out = emitAlloc(builder, rowsBody, { name, memory: "sbuf", dtype, shape, slots: schedule.slots_out });
      const perRow = emitWideReads(tiled, { ...position, body: rowsBody }, "per_row", { index: sTile, elements: rows });
      const wides = new Map([...broadcast, ...perRow]);
      emitLoop(
        builder,
        rowsBody,
        { name: "v", trips: tileTrips(nest, "v", position.depth, position.index) },
        (body, v) => {
          const vTile = addAffine(firstTile(nest, "v", position.index), v);
          const columns = tileElements(nest, "v", vTile);
          const local = {
            s: addAffine(sTile, scaleAffine(firstTile(nest, "s", from.index), -1)),
            v: addAffine(vTile, scaleAffine(firstTile(nest, "v", from.index), -1)),
          };
          const source = accumulatorTile(from, local, rows, columns);
          const dst = chipAccess(out, rows, [run(columns)], scaleAffine(v, nest.dims.v.tile));
          emitTile(
            tiled,
            { position: { ...position, body }, rows, columns, sTile, v, wides },
            source,
            { name, dtype, access: dst },
            memory,
          );
        },
      );
      emitStore(tiled, { ...position, body: rowsBody }, out, rows, sTile);
    },
  );
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

/** The whole row of tiles goes out at once. */
function emitStore(
  tiled: TiledContract,
  position: NestPosition,
  out: Access["buffer"],
  rows: Extent,
  sTile: Affine,
): void {
  const { nest } = tiled;
  const store = tiled.others.get(tiled.epilogue.output) as StridedTensor;
  const v = scaleAffine(firstTile(nest, "v", position.index), nest.dims.v.tile);
  const columns = elementsOfRow(tiled, position);
  const zero = constant(0);
  const offset = stridedOffset(store, position.batch, { s: scaleAffine(sTile, nest.dims.s.tile), v, k: zero });
  const dst = hbmAccess(store.buffer, offset, { stride: store.s, size: rows }, [{ stride: store.v, size: columns }]);
  emitOp(position.body, "dma", { dst, src: chipAccess(out, rows, [run(columns)]) });
}

function elementsOfRow(tiled: TiledContract, position: NestPosition): Extent {
  const { nest } = tiled;
  const { size, tile } = nest.dims.v;
  const max = Math.min(size, tilesInside(nest, "v", position.depth) * tile);
  const first = scaleAffine(firstTile(nest, "v", position.index), -tile);
  if (size % max === 0) return { max };
  return { max, limit: { constant: size + first.constant, terms: first.terms } };
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
