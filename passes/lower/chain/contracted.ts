// Operands of a product on chip: the contracted dimension on the partitions, [k tile, (k tiles, free elements)]. They come from HBM,
// or from rows that the chain holds; either may have to be transposed.

import { type Affine, addAffine, clampedExtent, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { type Machine, psumBankColumns } from "../../../ir-spec/machine.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { partsOf } from "../parts.ts";
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
  tripsOver,
} from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { largestDivisorUpTo } from "../space.ts";
import type { ChainSchedule } from "./fields.ts";

/** An operand of products, ready for the array. */
export interface ContractedOperand {
  readonly buffer: BufferId;
  /** Contracted elements of one tile, and of all. */
  readonly tile: number;
  readonly size: number;
  /** The tiles that are there. */
  readonly tiles: Extent;
  /** Elements between two k tiles. */
  readonly free: number;
}

export interface ContractScope {
  readonly context: LowerContext;
  readonly schedule: ChainSchedule;
  readonly body: Body;
  readonly slots: number;
}

/** A matrix [k, free] in HBM. */
export interface MatrixInHbm {
  readonly buffer: BufferId;
  readonly offset: Affine;
  readonly k: number;
  readonly free: number;
  readonly sizes: { readonly k: number; readonly free: Extent };
  /** Tiles among which elements of a dimension are dealt out in turn; 1 unless given. */
  readonly dealt?: { readonly k: number; readonly free: number };
}

/** Contracted elements in one tile: rows of the array, as many as can come out of its columns. */
export function contractedTile({ machine }: LowerContext, size: number): number {
  return Math.min(machine.peRows, machine.peColumns, machine.partitions, size);
}

/** Rows that the array transposes at once: they go in on its rows and come out along a bank of PSUM. */
export function maxTransposedRows(machine: Machine): number {
  return Math.min(machine.peRows, machine.partitions, psumBankColumns(machine));
}

/** The part of an operand that one matmul reads: k tile `kt`, `free` elements from `at` on. */
export function contractedAccess(
  operand: ContractedOperand,
  kt: Affine,
  free: Extent,
  at: Affine = constant(0),
): Access {
  const rows = tileExtent(operand.size, operand.tile, kt);
  return chipAccess(operand.buffer, rows, [run(free)], addAffine(scaleAffine(kt, operand.free), at));
}

/** A size in tiles; a limit of it is in whole tiles. */
function tilesOf({ max, limit }: Extent, tile: number): Extent {
  const tiles = Math.ceil(max / tile);
  if (limit === undefined) return { max: tiles };
  const terms = limit.terms.map((term) => ({ ...term, scale: term.scale / tile }));
  return clampedExtent(tiles, { constant: limit.constant / tile, terms });
}

/** Loads a matrix, transposed where its memory runs along k. */
export function loadContracted(scope: ContractScope, matrix: MatrixInHbm): ContractedOperand {
  const { context, schedule } = scope;
  const { name, dtype } = context.builder.bufferInfo(matrix.buffer);
  const size = matrix.sizes.k;
  const tile = contractedTile(context, size);
  const free = matrix.sizes.free.max;
  const shape = [tile, Math.ceil(size / tile), free];
  const buffer = emitAlloc(context.builder, scope.body, { name, memory: "sbuf", dtype, shape, slots: scope.slots });
  const operand: ContractedOperand = { buffer, tile, size, tiles: tilesOf({ max: size }, tile), free };
  const runsAlongK = matrix.k === 1 && matrix.free !== 1 && size > 1;
  if (!runsAlongK) loadDirect(scope, matrix, operand);
  else if (schedule.transpose_on === "dma" && dtypeBytes(dtype) === 2) loadByDmaTranspose(scope, matrix, operand);
  else loadThroughArray(scope, matrix, operand);
  return operand;
}

function loadDirect({ context, body }: ContractScope, matrix: MatrixInHbm, operand: ContractedOperand): void {
  const { tile, size } = operand;
  const tiles = operand.tiles.max;
  const areWhole = size % tile === 0 && context.machine.accessDims > 1;
  const { free } = matrix.sizes;
  const isDealt = (matrix.dealt?.k ?? 1) > 1;
  const [ofPartition, ofTile] = isDealt ? [matrix.k * tiles, matrix.k] : [matrix.k, matrix.k * tile];
  if (areWhole) {
    const dst = chipAccess(operand.buffer, { max: tile }, [{ stride: operand.free, size: { max: tiles } }, run(free)]);
    const dims = [
      { stride: ofTile, size: { max: tiles } },
      { stride: matrix.free, size: free },
    ];
    const src = hbmAccess(matrix.buffer, matrix.offset, { stride: ofPartition, size: { max: tile } }, dims);
    emitOp(body, "dma", { dst, src });
    return;
  }
  emitLoop(context.builder, body, { name: "kt", trips: { max: tiles } }, (inner, kt) => {
    const rows = tileExtent(size, tile, kt);
    const offset = addAffine(matrix.offset, scaleAffine(kt, tile * matrix.k));
    const src = hbmAccess(matrix.buffer, offset, { stride: matrix.k, size: rows }, [
      { stride: matrix.free, size: free },
    ]);
    emitOp(inner, "dma", { dst: contractedAccess(operand, kt, free), src });
  });
}

function loadByDmaTranspose({ context, body }: ContractScope, matrix: MatrixInHbm, operand: ContractedOperand): void {
  const { tile, size } = operand;
  const { free } = matrix.sizes;
  const dealt = matrix.dealt?.free ?? 1;
  const partitions: Extent = dealt === 1 ? free : { max: free.max / dealt };
  const ofTiles = dealt === 1 ? [] : [{ stride: matrix.free, size: { max: dealt } }];
  emitLoop(context.builder, body, { name: "kt", trips: tripsOver(size, tile) }, (inner, kt) => {
    const offset = addAffine(matrix.offset, scaleAffine(kt, tile * matrix.k));
    const columns = [...ofTiles, run(tileExtent(size, tile, kt))];
    const src = hbmAccess(matrix.buffer, offset, { stride: matrix.free * dealt, size: partitions }, columns);
    emitOp(inner, "dma_transpose", { dst: contractedAccess(operand, kt, free), src });
  });
}

/** Rows as they are in memory, as many as go through the array at once; then each k tile of them. */
function loadThroughArray(scope: ContractScope, matrix: MatrixInHbm, operand: ContractedOperand): void {
  const { context, body, slots } = scope;
  const { builder, machine } = context;
  const { name, dtype } = builder.bufferInfo(operand.buffer);
  const parts = partsOf(matrix.sizes.free, maxTransposedRows(machine));
  emitLoop(builder, body, { name: "rt", trips: parts.trips }, (inner, rt) => {
    const rows = parts.at(rt);
    const shape = [parts.size, operand.size];
    const raw = emitAlloc(builder, inner, { name: `${name}_rows`, memory: "sbuf", dtype, shape, slots });
    const offset = addAffine(matrix.offset, scaleAffine(rt, parts.size * matrix.free));
    const all = chipAccess(raw, rows, [run({ max: operand.size })]);
    const src = hbmAccess(matrix.buffer, offset, { stride: matrix.free, size: rows }, [run({ max: operand.size })]);
    emitOp(inner, "dma", { dst: all, src });
    emitTransposes({ ...scope, body: inner }, { rows: all, at: scaleAffine(rt, parts.size), share: 0 }, operand);
  });
}

/** Transposes rows that are on chip. */
export function transposeRows(scope: ContractScope, rows: Access, size: Extent): ContractedOperand {
  const { context, body, schedule } = scope;
  const { name, dtype } = context.builder.bufferInfo(rows.buffer);
  const tile = contractedTile(context, size.max);
  const free = rows.partition.size.max;
  const shape = [tile, Math.ceil(size.max / tile), free];
  const buffer = emitAlloc(context.builder, body, {
    name: `${name}_t`,
    memory: "sbuf",
    dtype,
    shape,
    slots: scope.slots,
  });
  const operand: ContractedOperand = { buffer, tile, size: size.max, tiles: tilesOf(size, tile), free };
  const share = dtypeBytes(dtype) === 2 ? schedule.transposes_by_dma / 100 : 0;
  emitTransposes(scope, { rows, at: constant(0), share }, operand);
  return operand;
}

/** Some columns of rows on chip. */
export function columnsOf(rows: Access, at: Affine, columns: Extent): Access {
  return { ...rows, offset: addAffine(rows.offset, at), dims: [run(columns)] };
}

interface RowsToTranspose {
  readonly rows: Access;
  /** Where they begin along the operand's free dimension. */
  readonly at: Affine;
  /** The part of the tiles that DMA transposes. */
  readonly share: number;
}

/** The first k tiles go by DMA, all at once; of the others as many as a PSUM bank holds leave it at once. Tiles that are not whole go alone. */
function emitTransposes(scope: ContractScope, source: RowsToTranspose, operand: ContractedOperand): void {
  const { context, body } = scope;
  const { builder, machine } = context;
  const { dtype } = builder.bufferInfo(operand.buffer);
  const { tiles } = operand;
  const areWhole = operand.size % operand.tile === 0 && machine.accessDims > 1;
  const inBank = Math.floor(machine.psumBankBytesPerPartition / dtypeBytes(dtype) / source.rows.partition.size.max);
  const byDma = Math.round(tiles.max * source.share);
  const groups = (from: number, to: number, most: number, emit: typeof transposeByDma): void => {
    const group = areWhole ? largestDivisorUpTo(to - from, Math.max(1, most)) : 1;
    emitLoop(builder, body, { name: "kg", trips: tripsOver(to - from, group) }, (inner, kg) => {
      const first = addAffine(constant(from), scaleAffine(kg, group));
      const count = atMost(without(tiles, first), group);
      emitWhere(builder, inner, atMost(count, 1), (where) =>
        emit({ ...scope, body: where }, source, operand, { first, count }),
      );
    });
  };
  if (byDma > 0) groups(0, byDma, byDma, transposeByDma);
  if (byDma < tiles.max) groups(byDma, tiles.max, inBank, transposeThroughArray);
}

function atMost({ max, limit }: Extent, count: number): Extent {
  return limit === undefined ? { max: Math.min(max, count) } : clampedExtent(Math.min(max, count), limit);
}

/** Tiles after the first ones, where their number is not fixed; else all that a group may have. */
function without({ max, limit }: Extent, first: Affine): Extent {
  return limit === undefined ? { max } : { max, limit: addAffine(limit, scaleAffine(first, -1)) };
}

/** Neighbouring k tiles. */
interface TileGroup {
  readonly first: Affine;
  readonly count: Extent;
}

/** All of them at once, where each is whole. */
function transposeByDma(
  { body }: ContractScope,
  { rows, at }: RowsToTranspose,
  operand: ContractedOperand,
  { first, count }: TileGroup,
): void {
  const { tile, size, free } = operand;
  const width = rows.partition.size;
  const offset = addAffine(scaleAffine(first, free), at);
  const isOne = count.max === 1;
  const kRows = isOne ? tileExtent(size, tile, first) : { max: tile };
  const elements = isOne ? kRows : scaledExtent(count, tile);
  const tiles = isOne ? [] : [{ stride: free, size: count }];
  const dst = chipAccess(operand.buffer, kRows, [...tiles, run(width)], offset);
  emitOp(body, "dma_transpose", { dst, src: columnsOf(rows, scaleAffine(first, tile), elements) });
}

function scaledExtent({ max, limit }: Extent, by: number): Extent {
  return limit === undefined ? { max: max * by } : clampedExtent(max * by, scaleAffine(limit, by));
}

/** They leave PSUM together. */
function transposeThroughArray(
  scope: ContractScope,
  { rows, at }: RowsToTranspose,
  operand: ContractedOperand,
  { first, count }: TileGroup,
): void {
  const { context, body, schedule } = scope;
  const { builder } = context;
  const { dtype, name } = builder.bufferInfo(operand.buffer);
  const { tile, size, free } = operand;
  const width = rows.partition.size.max;
  const shape = [tile, count.max * width];
  const bank = emitAlloc(builder, body, {
    name: `${name}_psum`,
    memory: "psum",
    dtype,
    shape,
    slots: schedule.slots_single,
  });
  emitLoop(builder, body, { name: "kt", trips: count }, (inner, index) => {
    const kt = addAffine(first, index);
    const kRows = tileExtent(size, tile, kt);
    const dst = chipAccess(bank, kRows, [run(rows.partition.size)], scaleAffine(index, width));
    emitOp(inner, "transpose", { dst, src: columnsOf(rows, scaleAffine(kt, tile), kRows) });
  });
  const kRows = count.max === 1 ? tileExtent(size, tile, first) : { max: tile };
  const tileDim = (stride: number) => (count.max === 1 ? [] : [{ stride, size: count }]);
  const src = chipAccess(bank, kRows, [...tileDim(width), run(rows.partition.size)]);
  const offset = addAffine(scaleAffine(first, free), at);
  const dst = chipAccess(operand.buffer, kRows, [...tileDim(free), run(rows.partition.size)], offset);
  emitOp(body, "tensor_copy", { dst, src }, {}, { engine: schedule.copy_on });
}
