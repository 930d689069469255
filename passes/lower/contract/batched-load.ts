// Loads of an operand for several batches of a contraction at once, into a buffer [k tile, (k tiles, batches and free elements)]. Where
// memory runs along k, the rows of neighbouring batches are rows of one matrix, which is transposed as a whole.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Access, AccessDim } from "../../../ir-spec/tile.ts";
import { partsOf } from "../parts.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run } from "../program-builder.ts";
import { emitFastCopy } from "./evict.ts";
import { maxTransposeSlots } from "./load.ts";
import { isContiguousAlongK, type StridedTensor, stridedOffset, type TiledContract } from "./tiled.ts";

/** Some neighbours of the innermost batch dimension. */
export interface BatchGroup {
  readonly tiled: TiledContract;
  readonly body: Body;
  /** Indices of the batch dimensions, that of the first batch of the group last. */
  readonly batch: readonly Affine[];
  readonly count: Extent;
}

/** An operand of all batches of a group. */
export interface LoadedBatches {
  /** The tile of a batch of the group: the first `rows` elements of k tile `kTile`, and all free elements. */
  readonly at: (batch: Affine, kTile: Affine, rows: Extent) => Access;
}

interface BatchLoad {
  readonly group: BatchGroup;
  readonly tensor: StridedTensor;
  readonly buffer: BufferId;
  readonly name: string;
  readonly slots: number;
  /** Free elements of a batch, and elements between its rows in HBM. */
  readonly size: number;
  readonly rowStride: number;
  /** Batches that are loaded: one where all have the same operand. */
  readonly count: Extent;
  /** Free elements of all batches: those of a k tile in each partition. */
  readonly columns: number;
}

/** Where the elements of an operand are in each partition of its buffer. */
interface BatchLayout {
  /** Elements between k tiles, between batches, and between neighbouring free elements of one run. */
  readonly k: number;
  readonly batch: number;
  readonly free: number;
  /** Neighbouring free elements are in so many runs, one after the other; with 1 they are all in one. */
  readonly runs: number;
}

export function emitBatchLoad(group: BatchGroup, free: "s" | "v"): LoadedBatches {
  const { tiled, body } = group;
  const { nest, schedule, context } = tiled;
  const tensor = free === "s" ? tiled.stationary : tiled.moving;
  const isLeft = (free === "s") === (schedule.stationary === "lhs");
  const slots = isLeft ? schedule.slots_lhs : schedule.slots_rhs;
  const { name, dtype } = context.builder.bufferInfo(tensor.buffer);
  const { size } = nest.dims[free];
  const isShared = tensor.batch.at(-1) === 0;
  const count = isShared ? { max: 1 } : group.count;
  const columns = count.max * size;
  const { tile, tiles } = nest.dims.k;
  const buffer = emitAlloc(context.builder, body, {
    name,
    memory: "sbuf",
    dtype,
    shape: [tile, tiles, columns],
    slots,
  });
  const load: BatchLoad = { group, tensor, buffer, name, slots, size, rowStride: tensor[free], count, columns };
  const layout = emitLoad(load, free);
  return {
    at: (batch, kTile, rows) => {
      const first = isShared ? constant(0) : scaleAffine(batch, layout.batch);
      const offset = addAffine(scaleAffine(kTile, layout.k), first);
      const { runs } = layout;
      const inRun = { stride: layout.free, size: { max: size / runs } };
      const dims = runs === 1 ? [inRun] : [inRun, { stride: columns / runs, size: { max: runs } }];
      return chipAccess(buffer, rows, dims, offset);
    },
  };
}

function emitLoad(load: BatchLoad, free: "s" | "v"): BatchLayout {
  const { group, tensor, size, columns } = load;
  const { dims, kStep } = group.tiled.nest;
  const isAlongK = isContiguousAlongK(tensor, free, dims.k.size);
  const { tiles } = dims.k;
  if (isAlongK && !(kStep.tile === 1 && dims.k.tile > 1)) {
    const runs = emitTransposed(load);
    return { k: columns, batch: size / runs, free: 1, runs };
  }
  const inBatch = isAlongK ? { k: 1, free: tiles } : { k: size, free: 1 };
  const layout = { ...inBatch, batch: tiles * size, runs: 1 };
  emitDirect(load, layout);
  return layout;
}

/** Loads what must be transposed; neighbouring free elements are then in so many runs. */
function emitTransposed(load: BatchLoad): number {
  const { group, tensor, size, rowStride, count } = load;
  const { schedule } = group.tiled;
  const areRowsEven = count.max === 1 || tensor.batch.at(-1) === size * rowStride;
  const one = (body: Body, batch: Affine): BatchRows => ({ body, batch, rows: { max: size } });
  if (areRowsEven) {
    const rows = scaledExtent(count, size);
    return emitRows(load, { body: group.body, batch: constant(0), rows });
  }
  emitLoop(group.tiled.context.builder, group.body, { name: "bt", trips: count }, (body, b) => {
    if (schedule.transpose_on === "dma") emitDmaTranspose(load, one(body, b));
    else emitPeTranspose(load, one(body, b));
  });
  return 1;
}

/** Rows of equal distance, from the first of a batch of the group on. */
interface BatchRows {
  readonly body: Body;
  readonly batch: Affine;
  readonly rows: Extent;
}

function emitRows(load: BatchLoad, rows: BatchRows): number {
  if (load.group.tiled.schedule.transpose_on === "dma") {
    emitDmaTranspose(load, rows);
    return 1;
  }
  const runs = runsOnPartitions(load);
  if (runs > 1) emitWidePeTranspose(load, rows, runs);
  else emitPeTranspose(load, rows);
  return runs;
}

/**
 * Neighbouring rows that each partition holds, so that descriptors are long: the rows of a batch must be on whole partitions, and all
 * partitions that the array takes have as many.
 */
function runsOnPartitions({ group, size, rowStride, count }: BatchLoad): number {
  const { nest, context } = group.tiled;
  const runs = (count.max * size) / context.machine.peRows;
  const isEven = Number.isInteger(runs) && size % runs === 0 && count.limit === undefined;
  return isEven && rowStride === nest.dims.k.size ? runs : 1;
}

function offsetAt({ group, tensor, rowStride }: BatchLoad, batch: Affine, row: Affine, k: Affine): Affine {
  const [zero, last] = [constant(0), group.batch.length - 1];
  const at = group.batch.map((index, dim) => (dim === last ? addAffine(index, batch) : index));
  const start = stridedOffset(tensor, at, { s: zero, v: zero, k });
  return addAffine(start, scaleAffine(row, rowStride));
}

/** The tiles of k that are whole, and the rest: their first tile, how many, and their rows. */
function emitByKTiles(load: BatchLoad, emit: (first: number, count: number, rows: number) => void): void {
  const { size, tile, tiles } = load.group.tiled.nest.dims.k;
  const full = Math.floor(size / tile);
  if (full > 0) emit(0, full, tile);
  if (full < tiles) emit(full, 1, size - full * tile);
}

/** The rows of each k tile on the partitions, with all free elements of all batches. */
function emitDirect(load: BatchLoad, layout: BatchLayout): void {
  const { group, tensor, buffer, size, rowStride, count } = load;
  const { kStep } = group.tiled.nest;
  const zero = constant(0);
  emitByKTiles(load, (first, tiles, rows) => {
    const dims = (k: number, batch: number, free: number): AccessDim[] => {
      const inTiles = tiles === 1 ? [] : [{ stride: k, size: { max: tiles } }];
      const inBatch = { stride: free, size: { max: size } };
      // The dimension with the longer runs is the inner one, on both sides.
      const inner = layout.k < layout.free ? [inBatch, ...inTiles] : [...inTiles, inBatch];
      return count.max === 1 ? inner : [{ stride: batch, size: count }, ...inner];
    };
    const partitions = { stride: tensor.k * kStep.partition, size: { max: rows } };
    const src = dims(tensor.k * kStep.tile, tensor.batch.at(-1) ?? 0, rowStride);
    const start = offsetAt(load, zero, zero, constant(first * kStep.tile));
    emitOp(group.body, "dma", {
      dst: chipAccess(buffer, { max: rows }, dims(layout.k, layout.batch, layout.free), constant(first * layout.k)),
      src: hbmAccess(tensor.buffer, start, partitions, src),
    });
  });
}

function emitDmaTranspose(load: BatchLoad, { body, batch, rows }: BatchRows): void {
  const { group, tensor, buffer, rowStride, columns, size } = load;
  const { tile } = group.tiled.nest.dims.k;
  emitByKTiles(load, (first, tiles, kRows) => {
    const inTiles = (stride: number) => (tiles === 1 ? [] : [{ stride, size: { max: tiles } }]);
    const offset = addAffine(constant(first * columns), scaleAffine(batch, size));
    const src = hbmAccess(
      tensor.buffer,
      offsetAt(load, batch, constant(0), constant(first * tile)),
      { stride: rowStride, size: rows },
      [...inTiles(tile), run({ max: kRows })],
    );
    const dst = chipAccess(buffer, { max: kRows }, [...inTiles(columns), run(rows)], offset);
    emitOp(body, "dma_transpose", { dst, src });
  });
}

/** Rows as they are, as many as go through the array at once; then every k tile of them through the array. */
function emitPeTranspose(load: BatchLoad, { body, batch, rows }: BatchRows): void {
  const { group, tensor, rowStride, size } = load;
  const { builder } = group.tiled.context;
  const kSize = group.tiled.nest.dims.k.size;
  const parts = partsOf(rows, rowsAtOnce(load));
  emitLoop(builder, body, { name: "rt", trips: parts.trips }, (inner, rt) => {
    const partRows = parts.at(rt);
    const row = scaleAffine(rt, parts.size);
    const raw = emitRaw(load, inner, [parts.size, kSize]);
    const src = hbmAccess(
      tensor.buffer,
      offsetAt(load, batch, row, constant(0)),
      { stride: rowStride, size: partRows },
      [run({ max: kSize })],
    );
    emitOp(inner, "dma", { dst: chipAccess(raw, partRows, [run({ max: kSize })]), src });
    const first = addAffine(scaleAffine(batch, size), row);
    emitTransposes(load, inner, { raw, rows: partRows, count: { max: 1 }, first });
  });
}

/** As many neighbouring rows in each partition: source row `p runs + t` is partition p's row t, and row p of transpose t. */
function emitWidePeTranspose(load: BatchLoad, { body }: BatchRows, runs: number): void {
  const { group, tensor, rowStride } = load;
  const { machine } = group.tiled.context;
  const zero = constant(0);
  const rows = { max: machine.peRows };
  const raw = emitRaw(load, body, [machine.peRows, runs * rowStride]);
  const elements = [run({ max: runs * rowStride })];
  const src = hbmAccess(
    tensor.buffer,
    offsetAt(load, zero, zero, zero),
    { stride: runs * rowStride, size: rows },
    elements,
  );
  emitOp(body, "dma", { dst: chipAccess(raw, rows, elements), src });
  emitTransposes(load, body, { raw, rows, count: { max: runs }, first: zero });
}

function emitRaw({ group, name, slots, tensor }: BatchLoad, body: Body, shape: readonly number[]): BufferId {
  const { builder } = group.tiled.context;
  const { dtype } = builder.bufferInfo(tensor.buffer);
  return emitAlloc(builder, body, { name: `${name}_rows`, memory: "sbuf", dtype, shape, slots });
}

function rowsAtOnce({ group, tensor }: BatchLoad): number {
  const { builder, machine } = group.tiled.context;
  const { dtype } = builder.bufferInfo(tensor.buffer);
  return Math.min(machine.peRows, machine.psumBankBytesPerPartition / dtypeBytes(dtype));
}

/** `count` blocks of rows, one after the other in each partition of `raw`, of all of k. */
interface RawBlocks {
  readonly raw: BufferId;
  readonly rows: Extent;
  readonly count: Extent;
  /** The place of their first column. */
  readonly first: Affine;
}

/** Blocks are transposed into a bank of PSUM, as many as it holds, and leave it together. */
function emitTransposes(load: BatchLoad, body: Body, { raw, rows, count, first }: RawBlocks): void {
  const { group, tensor, buffer, columns, name } = load;
  const { nest, schedule, context } = group.tiled;
  const { builder, machine } = context;
  const { dtype } = builder.bufferInfo(tensor.buffer);
  const { size: kSize, tile } = nest.dims.k;
  const banks = partsOf(count, Math.floor(machine.psumBankBytesPerPartition / dtypeBytes(dtype) / rows.max));
  const emitTile = (kTile: number, kRows: Extent): void =>
    emitLoop(builder, body, { name: "tb", trips: banks.trips }, (inner, index) => {
      const inBank = banks.at(index);
      const transposed = emitAlloc(builder, inner, {
        name: `${name}_t`,
        memory: "psum",
        dtype,
        shape: [tile, banks.size * rows.max],
        slots: Math.min(schedule.slots_psum, maxTransposeSlots),
      });
      emitLoop(builder, inner, { name: "t", trips: inBank }, (tBody, t) => {
        const block = addAffine(scaleAffine(index, banks.size), t);
        const offset = addAffine(scaleAffine(block, kSize), constant(kTile * tile));
        const dst = chipAccess(transposed, kRows, [run(rows)], scaleAffine(t, rows.max));
        emitOp(tBody, "transpose", { dst, src: chipAccess(raw, rows, [run(kRows)], offset) });
      });
      const all = [run(count.max === 1 ? rows : scaledExtent(inBank, rows.max))];
      const at = addAffine(constant(kTile * columns), first, scaleAffine(index, banks.size * rows.max));
      emitFastCopy(context, inner, {
        dst: chipAccess(buffer, kRows, all, at),
        src: chipAccess(transposed, kRows, all),
      });
    });
  for (let kTile = 0; kTile * tile < kSize; kTile++) emitTile(kTile, { max: Math.min(tile, kSize - kTile * tile) });
}

/** An extent of so many elements for each. */
export function scaledExtent({ max, limit }: Extent, by: number): Extent {
  return { max: max * by, ...(limit === undefined ? {} : { limit: scaleAffine(limit, by) }) };
}
