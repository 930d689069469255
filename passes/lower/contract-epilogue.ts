// The end of a contraction: finished tiles leave their accumulator, go through the region's elementwise ops and are
// stored. Steps between two ops stay in f32; the last one rounds to the result's dtype.

import { addAffine, type Extent, scaleAffine } from "../../ir-spec/affine.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { typeOf } from "../../ir-spec/graph.ts";
import type { Access } from "../../ir-spec/tile.ts";
import { runNodes } from "./compute-nodes.ts";
import { firstTile, tileElements, tilesInside, tileTrips } from "./contract-nest.ts";
import {
  type Accumulator,
  accumulatorTile,
  type ContractPlan,
  type Place,
  type Walked,
  walkedOffset,
} from "./contract-plan.ts";
import { chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run } from "./program-builder.ts";
import { type Destination, freshColumn, freshTile, type TileScope, type TileValue } from "./tile-values.ts";

interface EvictTile {
  readonly place: Place;
  readonly rows: Extent;
  readonly columns: Extent;
  /** Whole elements along s and v of this tile's first element. */
  readonly at: { readonly s: ReturnType<typeof scaleAffine>; readonly v: ReturnType<typeof scaleAffine> };
}

export function emitEpilogue(plan: ContractPlan, place: Place, from: Accumulator, memory: "psum" | "sbuf"): void {
  const { nest, context, schedule } = plan;
  const { builder } = context;
  const dtype = typeOf(context.graph, plan.epilogue.output).dtype;
  const store = plan.others.get(plan.epilogue.output) as Walked;
  const name = builder.bufferInfo(store.buffer).name;
  const wide = tilesInside(nest, "v", place.position) * nest.dims.v.tile;
  emitLoop(
    builder,
    place.body,
    { name: "s", trips: tileTrips(nest, "s", place.position, place.index) },
    (rowsBody, s) => {
      const sTile = addAffine(firstTile(nest, "s", place.index), s);
      const rows = tileElements(nest, "s", sTile);
      const shape = [nest.dims.s.tile, wide];
      const out = emitAlloc(builder, rowsBody, { name, memory: "sbuf", dtype, shape, slots: schedule.slots_out });
      emitLoop(
        builder,
        rowsBody,
        { name: "v", trips: tileTrips(nest, "v", place.position, place.index) },
        (body, v) => {
          const vTile = addAffine(firstTile(nest, "v", place.index), v);
          const columns = tileElements(nest, "v", vTile);
          const local = {
            s: addAffine(sTile, scaleAffine(firstTile(nest, "s", from.index), -1)),
            v: addAffine(vTile, scaleAffine(firstTile(nest, "v", from.index), -1)),
          };
          const source = accumulatorTile(from, local, rows, columns);
          const dst = chipAccess(out, rows, [run(columns)], scaleAffine(v, nest.dims.v.tile));
          const at = { s: scaleAffine(sTile, nest.dims.s.tile), v: scaleAffine(vTile, nest.dims.v.tile) };
          emitTile(
            plan,
            { place: { ...place, body }, rows, columns, at },
            source,
            { name, dtype, access: dst },
            memory,
          );
        },
      );
      emitStore(plan, { ...place, body: rowsBody }, out, rows, sTile);
    },
  );
}

/** The whole row of tiles goes out at once. */
function emitStore(
  plan: ContractPlan,
  place: Place,
  out: Access["buffer"],
  rows: Extent,
  sTile: ReturnType<typeof scaleAffine>,
): void {
  const { nest } = plan;
  const store = plan.others.get(plan.epilogue.output) as Walked;
  const v = scaleAffine(firstTile(nest, "v", place.index), nest.dims.v.tile);
  const columns = elementsOfRow(plan, place);
  const zero = { constant: 0, terms: [] };
  const offset = walkedOffset(store, place.batch, { s: scaleAffine(sTile, nest.dims.s.tile), v, k: zero });
  const dst = hbmAccess(store.buffer, offset, { stride: store.s, size: rows }, [{ stride: store.v, size: columns }]);
  emitOp(place.body, "dma", { dst, src: chipAccess(out, rows, [run(columns)]) });
}

function elementsOfRow(plan: ContractPlan, place: Place): Extent {
  const { nest } = plan;
  const { size, tile } = nest.dims.v;
  const most = Math.min(size, tilesInside(nest, "v", place.position) * tile);
  const first = scaleAffine(firstTile(nest, "v", place.index), -tile);
  if (size % most === 0) return { max: most };
  return { max: most, limit: { constant: size + first.constant, terms: first.terms } };
}

function emitTile(plan: ContractPlan, tile: EvictTile, source: Access, to: Destination, memory: "psum" | "sbuf"): void {
  const { epilogue, context, schedule } = plan;
  const scope: TileScope = {
    builder: context.builder,
    body: tile.place.body,
    rows: tile.rows,
    columns: tile.columns,
    slots: schedule.slots_out,
  };
  if (epilogue.nodes.length === 0) {
    emitCopy(scope, source, to.access as Access, memory === "psum" ? schedule.evict : "dve");
    return;
  }
  const values = new Map<ValueId, TileValue>([[epilogue.matmul, { kind: "tile", access: source }]]);
  for (const value of epilogue.reads) values.set(value, emitRead(plan, scope, tile, value));
  const destinationOf = (value: ValueId): Destination =>
    value === epilogue.output
      ? to
      : { name: context.graph.values[value]?.name ?? "t", dtype: betweenDtype(plan, value) };
  const iotaOf = (): never => {
    throw new Error("internal: an iota in an epilogue");
  };
  runNodes({ context, scope, values, destinationOf, iotaOf, reducedCount: 1 }, epilogue.nodes, () => scope);
}

/** Floats stay in f32 between two ops of an epilogue; other dtypes are what they are. */
function betweenDtype(plan: ContractPlan, value: ValueId): Destination["dtype"] {
  const { dtype } = typeOf(plan.context.graph, value);
  return dtype === "bf16" || dtype === "f16" ? "f32" : dtype;
}

/** Empties a tile; `split` lets both engines take one half of the columns. */
function emitCopy(scope: TileScope, src: Access, dst: Access, evict: "act" | "dve" | "split"): void {
  const columns = scope.columns;
  if (evict !== "split" || columns.limit !== undefined || columns.max < 2) {
    emitOp(scope.body, "tensor_copy", { dst, src }, {}, { engine: evict === "act" ? "act" : "dve" });
    return;
  }
  const half = columns.max >> 1;
  const part = (access: Access, from: number, size: number): Access => ({
    ...access,
    offset: addAffine(access.offset, { constant: from, terms: [] }),
    dims: [run({ max: size })],
  });
  emitOp(scope.body, "tensor_copy", { dst: part(dst, 0, half), src: part(src, 0, half) }, {}, { engine: "dve" });
  const rest = columns.max - half;
  emitOp(scope.body, "tensor_copy", { dst: part(dst, half, rest), src: part(src, half, rest) }, {}, { engine: "act" });
}

/** An operand of the epilogue from HBM: a tile, or a column where it does not depend on v. */
function emitRead(plan: ContractPlan, scope: TileScope, tile: EvictTile, value: ValueId): TileValue {
  const walked = plan.others.get(value) as Walked;
  const info = scope.builder.bufferInfo(walked.buffer);
  const isColumn = walked.v === 0;
  const access = (isColumn ? freshColumn : freshTile)(scope, info.name, info.dtype, plan.schedule.slots_rhs);
  const offset = walkedOffset(walked, tile.place.batch, { ...tile.at, k: { constant: 0, terms: [] } });
  const dims = [isColumn ? { stride: 1, size: { max: 1 } } : { stride: walked.v, size: tile.columns }];
  const src = hbmAccess(walked.buffer, offset, { stride: walked.s, size: tile.rows }, dims);
  emitOp(scope.body, "dma", { dst: access, src });
  return { kind: isColumn ? "column" : "tile", access };
}
