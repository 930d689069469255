// Lowering: a region of elementwise ops and reductions -> a row-wise kernel. Rows lie on the partitions, columns (the
// reduced axes, or the last run of elements) along each partition; each tile is loaded, computed on and stored.
//
//     for b in batch { for p in row tiles { for f in column tiles { dma in; compute ...; dma out } } }
//
// A load is in the outermost loop that it depends on, so that a row shared by all tiles is loaded once.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import type { Access, AccessDim } from "../../../ir-spec/tile.ts";
import { balanceBody, engineOf } from "../body/engines.ts";
import { hoistInvariants } from "../body/hoist.ts";
import { rewriteBody } from "../body/rewrite.ts";
import { shareBuffers } from "../body/share.ts";
import { stageBody } from "../body/stages.ts";
import { runNodes, type TileRun } from "../compute-nodes.ts";
import { type Body, emitLoop, emitOp, hbmAccess, tileExtent, tripsOver } from "../program-builder.ts";
import type { KernelRegion, LowerContext } from "../region.ts";
import type { Strides } from "../space.ts";
import { freshColumn, freshTile, stretched, type TileScope, type TileValue } from "../tile-values.ts";
import type { RowsSchedule } from "./fields.ts";
import { type RowsPlan, type StridedOperand, type TiledRows, tileRows } from "./plan.ts";

export function emitRows(context: LowerContext, plan: RowsPlan, schedule: RowsSchedule): Body {
  const body: Body = [];
  emitLevels(context, plan.region, schedule, tileRows(plan, schedule, context.machine), body);
  return body;
}

/** What is fixed so far on the way into the loops: offsets and the tile's extents. */
interface NestLevel {
  readonly body: Body;
  /** How many of the plan's dimensions (batch..., rows, columns) have their loop around `body`. */
  readonly depth: number;
  /** First index along each dimension. */
  readonly base: readonly Affine[];
  readonly rows: Extent;
  readonly columns: Extent;
}

function emitLevels(
  context: LowerContext,
  region: KernelRegion,
  schedule: RowsSchedule,
  plan: TiledRows,
  body: Body,
): void {
  const tileRows = Math.min(schedule.tile_rows, context.machine.partitions, plan.rows);
  const columnCount = elementCount(plan.columns);
  const tileColumns = plan.reduces ? columnCount : Math.min(schedule.tile_columns, columnCount);
  const dims = plan.batch.length + 1 + plan.columns.length;
  const values = new Map<ValueId, TileValue>();

  const enter = (level: NestLevel): void => {
    const scope = scopeOf(context, schedule, level);
    for (const load of plan.loads) {
      if (levelOf(load.strides, plan) === level.depth)
        values.set(load.value, emitLoad(scope, schedule, plan, load, level));
    }
    const next = { ...level, depth: level.depth + 1 };
    const withBase = (dim: number, index: Affine): readonly Affine[] =>
      level.base.map((b, d) => (d === dim ? index : b));
    if (level.depth < plan.batch.length) {
      const trips = { max: plan.batch[level.depth] as number };
      emitLoop(context.builder, level.body, { name: "b", trips }, (inner, index) =>
        enter({ ...next, body: inner, base: withBase(level.depth, index) }),
      );
      return;
    }
    if (level.depth === plan.batch.length) {
      emitLoop(context.builder, level.body, { name: "p", trips: tripsOver(plan.rows, tileRows) }, (inner, index) =>
        enter({
          ...next,
          body: inner,
          rows: tileExtent(plan.rows, tileRows, index),
          base: withBase(level.depth, scaleAffine(index, tileRows)),
        }),
      );
      return;
    }
    if (level.depth === plan.batch.length + 1) {
      emitLoop(context.builder, level.body, { name: "f", trips: tripsOver(columnCount, tileColumns) }, (inner, index) =>
        enter({
          ...next,
          body: inner,
          columns: tileExtent(columnCount, tileColumns, index),
          base: withBase(dims - 1, scaleAffine(index, tileColumns)),
        }),
      );
      return;
    }
    computeAndStore(context, region, plan, schedule, level, values);
    improve(context, body, level.body);
  };
  enter({
    body,
    depth: 0,
    base: new Array<Affine>(dims).fill(constant(0)),
    rows: { max: tileRows },
    columns: { max: tileColumns },
  });
}

/**
 * Gives the innermost body the forms that instructions have and as few buffers as it needs, in place; in a loop, what does not change
 * goes before it, and engines work on neighbouring tiles side by side.
 */
function improve(context: LowerContext, kernel: Body, body: Body): void {
  const { builder } = context;
  const rewritten = rewriteBody(context, body);
  if (body === kernel) {
    body.splice(0, body.length, ...shareBuffers(builder, rewritten));
    return;
  }
  const hoisted = hoistInvariants(builder, rewritten);
  kernel.push(...hoisted.before);
  const balanced = balanceBody(context, shareBuffers(builder, hoisted.body));
  const staged = stageBody({ builder, engineOf: (node) => engineOf(context, node) }, balanced);
  body.splice(0, body.length, ...staged);
}

/** The number of loops that a load is in: up to the innermost one that its strides depend on. */
function levelOf(strides: Strides, plan: TiledRows): number {
  const columnDims = strides.slice(plan.batch.length + 1);
  if (columnDims.some((stride) => stride !== 0) && !plan.reduces) return plan.batch.length + 2;
  let depth = 0;
  strides.slice(0, plan.batch.length + 1).forEach((stride, dim) => {
    if (stride !== 0) depth = dim + 1;
  });
  return depth;
}

function scopeOf(context: LowerContext, schedule: RowsSchedule, level: NestLevel): TileScope {
  const { body, rows, columns } = level;
  const { slots_in, slots_mid, slots_out } = schedule;
  const columnSlots = Math.max(slots_in, slots_mid, slots_out);
  return { builder: context.builder, body, rows, columns, slots: slots_mid, columnSlots };
}

/** The HBM side of a load or store. `wide` has the tile's columns, else one column. */
function hbmSide(operand: StridedOperand, plan: TiledRows, level: NestLevel, wide: boolean): Access {
  const rowDim = plan.batch.length;
  const offset = addAffine(
    constant(operand.view.offset),
    ...level.base.map((base, dim) => scaleAffine(base, operand.strides[dim] as number)),
  );
  const rows = { stride: operand.strides[rowDim] as number, size: level.rows };
  const strides = operand.strides.slice(rowDim + 1);
  const dims: readonly AccessDim[] = !wide
    ? [{ stride: 1, size: { max: 1 } }]
    : strides.length === 1
      ? [{ stride: strides[0] as number, size: level.columns }]
      : strides.map((stride, dim) => ({ stride, size: { max: plan.columns[dim] as number } }));
  return hbmAccess(operand.view.buffer, offset, rows, dims);
}

function emitLoad(
  scope: TileScope,
  schedule: RowsSchedule,
  plan: TiledRows,
  load: StridedOperand,
  level: NestLevel,
): TileValue {
  const info = scope.builder.bufferInfo(load.view.buffer);
  const isColumn = load.strides.slice(plan.batch.length + 1).every((stride) => stride === 0);
  const slots = level.depth === 0 ? 1 : schedule.slots_in;
  const access = (isColumn ? freshColumn : freshTile)(scope, info.name, info.dtype, slots);
  emitOp(scope.body, "dma", { dst: access, src: hbmSide(load, plan, level, !isColumn) });
  return { kind: isColumn ? "column" : "tile", access };
}

function computeAndStore(
  context: LowerContext,
  region: KernelRegion,
  plan: TiledRows,
  schedule: RowsSchedule,
  level: NestLevel,
  values: Map<ValueId, TileValue>,
): void {
  const scope = scopeOf(context, schedule, level);
  const tile: TileRun = {
    context,
    scope,
    values: clampRows(values, level.rows),
    destinationOf: (value) => ({
      name: context.graph.values[value]?.name ?? "t",
      dtype: typeOf(context.graph, value).dtype,
    }),
    isStored: (value) => region.outputs.includes(value),
    iotaOf: (value) => {
      const strides = plan.iotas.find((iota) => iota.value === value)?.strides ?? [];
      const base = addAffine(...level.base.map((index, dim) => scaleAffine(index, strides[dim] ?? 0)));
      const columns = plan.columns.map((size, dim) => ({ size, step: strides[plan.batch.length + 1 + dim] ?? 0 }));
      return { base, partitionStep: strides[plan.batch.length] ?? 0, columns };
    },
    reducedCount: elementCount(plan.columns),
  };
  const last: TileScope = { ...scope, slots: schedule.slots_out };
  const isOutput = (node: Node): boolean => node.results.some((result) => region.outputs.includes(result));
  runNodes(tile, region.nodes, (node) => (isOutput(node) ? last : scope));
  for (const store of plan.stores) emitStore(tile, plan, store, level);
}

/** Values that were loaded outside the row loop have the rows of a whole tile; inside, a border tile has fewer. */
function clampRows(values: ReadonlyMap<ValueId, TileValue>, rows: Extent): Map<ValueId, TileValue> {
  const clamped = new Map<ValueId, TileValue>();
  for (const [id, value] of values) {
    if (value.kind === "number") clamped.set(id, value);
    else
      clamped.set(id, { ...value, access: { ...value.access, partition: { ...value.access.partition, size: rows } } });
  }
  return clamped;
}

function emitStore(tile: TileRun, plan: TiledRows, store: StridedOperand, level: NestLevel): void {
  const { scope } = tile;
  const found = tile.values.get(store.value);
  if (found === undefined) return;
  const { dtype, name } = tile.destinationOf(store.value);
  const value = found.kind === "number" ? filledColumn(scope, name, dtype, found.value) : found;
  const wide = store.strides.slice(plan.batch.length + 1).some((stride) => stride !== 0);
  // A tile whose columns are all the same, as those of an iota, is stored once.
  const src = wide ? stretched(scope, value, "tile") : { ...value.access, dims: [{ stride: 1, size: { max: 1 } }] };
  emitOp(scope.body, "dma", { dst: hbmSide(store, plan, level, wide), src });
}

function filledColumn(scope: TileScope, name: string, dtype: TileDtype, value: number): TileValue & { access: Access } {
  const access = freshColumn(scope, name, dtype);
  emitOp(scope.body, "memset", { dst: access }, { value });
  return { kind: "column", access };
}

type TileDtype = Parameters<typeof freshColumn>[2];
