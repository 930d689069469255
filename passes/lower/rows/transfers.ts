// The transfers of a row-wise kernel: tiles that are loaded, and results that are stored.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import type { Access, AccessDim } from "../../../ir-spec/tile.ts";
import { orderOfDims, withDimsIn } from "../body/order-dims.ts";
import type { TileRun } from "../compute-nodes.ts";
import { type Body, emitOp, hbmAccess } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { type Destination, emitUnary, freshColumn, freshTile, type TileScope, type TileValue } from "../tile-values.ts";
import { emitTransposedLoad, emitTransposedStore, isWorthTransposing } from "./array-transposes.ts";
import type { RowsSchedule } from "./fields.ts";
import { type StridedOperand, type TiledRows, transposableBytes } from "./plan.ts";
import { isTransposed } from "./split.ts";
import { firstOfChunks, partOfAccess, partsOfSpread } from "./spread.ts";

/** What is fixed so far on the way into the loops: offsets and the tile's extents. */
export interface NestLevel {
  readonly body: Body;
  /** How many of the nest's loops are around `body`. */
  readonly depth: number;
  /** First index along each dimension. */
  readonly base: readonly Affine[];
  readonly rows: Extent;
  readonly columns: Extent;
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
  const narrow =
    plan.groups === undefined
      ? { stride: 1, size: { max: 1 } }
      : { stride: strides[0] as number, size: { max: plan.groups } };
  const dims: readonly AccessDim[] = !wide
    ? [narrow]
    : strides.length === 1
      ? [{ stride: strides[0] as number, size: level.columns }]
      : strides.map((stride, dim) => ({ stride, size: { max: plan.columns[dim] as number } }));
  return hbmAccess(operand.view.buffer, offset, rows, dims);
}

/** Whether an operand has an element for each column of the tile. */
export function isWide({ strides }: StridedOperand, { batch, groups }: TiledRows): boolean {
  const first = batch.length + (groups === undefined ? 1 : 2);
  return strides.slice(first).some((stride) => stride !== 0);
}

/** The kernel whose tiles are transferred. */
export interface TransferNest {
  readonly context: LowerContext;
  readonly schedule: RowsSchedule;
  readonly plan: TiledRows;
  /** Where tiles go that are loaded into a place of their own. */
  readonly places?: ReadonlyMap<ValueId, Access>;
}

export function emitLoad(scope: TileScope, nest: TransferNest, load: StridedOperand, level: NestLevel): TileValue {
  const { context, schedule, plan } = nest;
  const info = scope.builder.bufferInfo(load.view.buffer);
  const strides = load.strides.slice(plan.batch.length + 1);
  const isColumn = !isWide(load, plan);
  const slots = level.depth === 0 ? 1 : schedule.slots_in;
  const src = hbmSide(load, plan, level, !isColumn);
  if (isColumn && scope.groups !== undefined && strides[0] === 0)
    return loadShared(scope, nest, load, { ...level, slots });
  const isRepeated = !isColumn && scope.columnSizes !== undefined && strides.includes(0);
  if (isRepeated) {
    const to = { name: info.name, dtype: info.dtype, slots };
    return loadRepeated(scope, to, src, (chip, hbm) => emitParts(scope.body, plan, load, { chip, hbm, isLoad: true }));
  }
  const place = nest.places?.get(load.value);
  const access = place ?? (isColumn ? freshColumn : freshTile)(scope, info.name, info.dtype, slots);
  const on = isTransposed(load.strides, plan.batch.length) ? transposerOf(nest, info.dtype, level) : undefined;
  if (on === "dma") emitOp(scope.body, "dma_transpose", { dst: access, src: transposedAccess(src) });
  else if (on === "pe") {
    emitTransposedLoad(scope, {
      context,
      dtype: info.dtype,
      name: info.name,
      tile: access,
      hbm: src,
      slots,
      transposed: countTransposed(plan),
    });
  } else emitParts(scope.body, plan, load, { chip: access, hbm: src, isLoad: true });
  return { kind: isColumn ? "column" : "tile", access };
}

/** A column that all rows of a partition share: one element of each partition, read again and again. */
function loadShared(
  scope: TileScope,
  { plan }: TransferNest,
  load: StridedOperand,
  level: NestLevel & { readonly slots: number },
): TileValue {
  const { groups = 1, ...single } = scope;
  const info = scope.builder.bufferInfo(load.view.buffer);
  const access = freshColumn(single, info.name, info.dtype, level.slots);
  const { groups: _all, ...ungrouped } = plan;
  emitOp(scope.body, "dma", { dst: access, src: hbmSide(load, ungrouped, level, false) });
  return { kind: "column", access: { ...access, dims: [{ stride: 0, size: { max: groups } }] } };
}

interface Sides {
  readonly chip: Access;
  readonly hbm: Access;
  readonly isLoad: boolean;
}

/** One transfer; of rows in chunks, which do not follow one another in memory, one for each row. */
function emitParts(
  body: Body,
  { batch, spread, areGroupsInner = false }: TiledRows,
  operand: StridedOperand,
  { chip, hbm, isLoad }: Sides,
): void {
  const emit = (own: Access, other: Access): void =>
    emitOp(body, "dma", isLoad ? { dst: own, src: other } : { dst: other, src: own });
  if (spread === undefined) {
    const order = orderOfDims(hbm);
    if (areGroupsInner) emit(withDimsIn(chip, order), withDimsIn(hbm, order));
    else emit(chip, hbm);
    return;
  }
  for (const part of partsOfSpread(spread, operand.rowStride ?? 0, operand.strides[batch.length] as number))
    emit(partOfAccess(chip, part, true), partOfAccess(hbm, part, false));
}

/** What transposes a load whose neighbours lie in rows: DMA where it can. */
function transposerOf(
  { context, plan }: TransferNest,
  dtype: TileDtype,
  { rows, columns }: NestLevel,
): "dma" | "pe" | undefined {
  if (dtypeBytes(dtype) === transposableBytes) return "dma";
  const question = { dtype, rows, columns, transposed: countTransposed(plan) };
  return isWorthTransposing(context.machine, question) ? "pe" : undefined;
}

/** Transfers of a kernel whose neighbours lie in rows. */
function countTransposed({ loads, stores, batch, passes = 1 }: TiledRows): number {
  const countOf = (operands: readonly StridedOperand[]): number =>
    operands.filter(({ strides }) => isTransposed(strides, batch.length)).length;
  return passes * countOf(loads) + countOf(stores);
}

/** The access with its rows as its columns. */
function transposedAccess(access: Access): Access {
  const { partition, dims } = access;
  const [columns] = dims as readonly [AccessDim];
  return {
    ...access,
    partition: { ...partition, stride: columns.stride, size: columns.size },
    dims: [{ stride: partition.stride, size: partition.size }],
  };
}

/** A tile that is the same along some of its dimensions: it is loaded once, and read again and again. */
function loadRepeated(
  scope: TileScope,
  { name, dtype, slots }: { readonly name: string; readonly dtype: TileDtype; readonly slots: number },
  src: Access,
  emit: (chip: Access, hbm: Access) => void,
): TileValue {
  const own = src.dims.filter(({ stride }) => stride !== 0);
  const sizes = own.map(({ size }) => size.max);
  const columns = { max: elementCount(sizes) };
  const areGroupsInner = scope.areGroupsInner === true && src.dims[0]?.stride !== 0;
  const access = freshTile({ ...scope, columns, columnSizes: sizes, areGroupsInner }, name, dtype, slots);
  emit(access, { ...src, dims: own });
  let next = 0;
  const dims = (scope.columnSizes ?? []).map((size, dim) => ({
    stride: src.dims[dim]?.stride === 0 ? 0 : (access.dims[next++]?.stride ?? 0),
    size: { max: size },
  }));
  return { kind: "tile", access: { ...access, dims } };
}

export function emitStore(tile: TileRun, plan: TiledRows, store: StridedOperand, level: NestLevel): void {
  const { scope } = tile;
  const found = tile.values.get(store.value);
  if (found === undefined) return;
  const { dtype, name } = tile.destinationOf(store.value);
  const wide = isWide(store, plan);
  const dst = hbmSide(store, plan, level, wide);
  const kind = wide ? "tile" : "column";
  const value = found.kind === "number" ? filled(scope, kind, { name, dtype }, found.value) : found;
  if (!wide) {
    if (plan.spread !== undefined) {
      emitSpreadColumn(scope, plan, store, { chip: value.access, hbm: dst, isLoad: false });
      return;
    }
    // A tile whose columns are all the same, as those of an iota, is stored once.
    const [first] = value.access.dims;
    const stride = plan.groups === undefined ? 1 : (first?.stride ?? 1);
    emitOp(scope.body, "dma", { dst, src: { ...value.access, dims: [{ stride, size: { max: plan.groups ?? 1 } }] } });
    return;
  }
  // Runs in memory are as long as they are on chip: a column is repeated there first.
  const whole = value.kind === "tile" ? value : emitUnary(scope, "tensor_copy", value, repeatedTo(scope, name, dtype));
  if (whole.kind === "number") return;
  const { context } = tile;
  const isByRow = isTransposed(store.strides, plan.batch.length);
  const question = { dtype, rows: level.rows, columns: level.columns, transposed: countTransposed(plan) };
  if (isByRow && isWorthTransposing(context.machine, question)) {
    const { slots } = scope;
    const { transposed } = question;
    emitTransposedStore(scope, { context, dtype, name, tile: whole.access, hbm: dst, slots, transposed });
  } else emitParts(scope.body, plan, store, { chip: whole.access, hbm: dst, isLoad: false });
}

/** Stores one element for each row, from the first of its chunks. */
function emitSpreadColumn(scope: TileScope, { spread }: TiledRows, store: StridedOperand, { chip, hbm }: Sides): void {
  if (spread === undefined) return;
  const row = firstOfChunks(scope, spread, { ...chip, dims: [{ stride: 1, size: { max: 1 } }] });
  const dims = [{ stride: store.rowStride ?? 0, size: { max: spread.rows } }];
  const partition = { start: 0, stride: 1, size: { max: 1 } };
  emitOp(scope.body, "dma", { dst: { ...hbm, partition, dims }, src: row });
}

function repeatedTo(scope: TileScope, name: string, dtype: TileDtype): Destination {
  return { name, dtype, access: freshTile(scope, name, dtype), kind: "tile" };
}

function filled(
  scope: TileScope,
  kind: "tile" | "column",
  { name, dtype }: { readonly name: string; readonly dtype: TileDtype },
  value: number,
): TileValue & { access: Access } {
  const access = (kind === "tile" ? freshTile : freshColumn)(scope, name, dtype);
  emitOp(scope.body, "memset", { dst: access }, { value });
  return { kind, access };
}

export type TileDtype = Parameters<typeof freshColumn>[2];
