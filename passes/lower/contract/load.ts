// Loads of a contraction's operands: from HBM into a buffer [k tile, (k tiles, free elements)], contracted dimension on
// the partitions. Where memory runs along the contracted dimension, rows are loaded as stored and transposed on the
// array, tile by tile, or by the DMA engines: element-wise DMA would cost a descriptor per element.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { partsOf } from "../parts.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run } from "../program-builder.ts";
import { emitFastCopy } from "./evict.ts";
import { elementsInside, firstTile, type NestIndex, tileElements, tilesInside, tileTrips } from "./nest.ts";
import {
  isContiguousAlongK,
  type NestPosition,
  type StridedTensor,
  stridedOffset,
  type TiledContract,
} from "./tiled.ts";

export interface LoadedOperand {
  readonly buffer: BufferId;
  /** Elements between the buffer's k tiles: what it holds along the operand's free dimension. */
  readonly columns: number;
  /** The index of the position: tiles count from its first one. */
  readonly index: NestIndex;
}

interface Load {
  readonly tiled: TiledContract;
  readonly position: NestPosition;
  readonly free: "s" | "v";
  readonly tensor: StridedTensor;
  readonly name: string;
  readonly slots: number;
  readonly buffer: BufferId;
  readonly columns: number;
  /** Elements along the free dimension and along k inside the position. */
  readonly freeElements: Extent;
}

export function emitOperandLoad(tiled: TiledContract, position: NestPosition, free: "s" | "v"): LoadedOperand {
  const { nest, schedule, context } = tiled;
  const tensor = free === "s" ? tiled.stationary : tiled.moving;
  const isLeft = (free === "s") === (schedule.stationary === "lhs");
  const info = context.builder.bufferInfo(tensor.buffer);
  const columns = Math.min(nest.dims[free].size, tilesInside(nest, free, position.depth) * nest.dims[free].tile);
  const slots = isLeft ? schedule.slots_lhs : schedule.slots_rhs;
  const buffer = emitAlloc(context.builder, position.body, {
    name: info.name,
    memory: "sbuf",
    dtype: info.dtype,
    shape: [nest.dims.k.tile, tilesInside(nest, "k", position.depth), columns],
    slots,
  });
  const freeElements = elementsInside(nest, free, position.depth, position.index);
  const load: Load = { tiled, position, free, tensor, name: info.name, slots, buffer, columns, freeElements };
  if (!isContiguousAlongK(tensor, free, nest.dims.k.size)) emitDirect(load);
  else if (schedule.transpose_on === "dma") emitDmaTranspose(load);
  else emitPeTranspose(load);
  return { buffer, columns, index: position.index };
}

/** The operand's offset in HBM at element indices along its free dimension and k. */
function offsetAt(load: Load, free: Affine, k: Affine): Affine {
  const zero = constant(0);
  const at = load.free === "s" ? { s: free, v: zero, k } : { s: zero, v: free, k };
  return stridedOffset(load.tensor, load.position.batch, at);
}

function firstElement(load: Load, dim: "s" | "v" | "k"): Affine {
  const { nest } = load.tiled;
  return scaleAffine(firstTile(nest, dim, load.position.index), nest.dims[dim].tile);
}

/** Tiles of k that are taken together: tiles [first, first + count) of the position, each of `rows` elements of k. */
interface TileGroup {
  readonly first: Affine;
  readonly count: Extent | undefined;
  readonly rows: Extent;
}

/**
 * Emits a statement for every `most` tiles of k inside the position. The elements of k are on the partitions, so a partial last
 * tile is taken by itself; where whether there is one depends on the position, each tile is.
 */
function emitByTiles(load: Load, most: number, emit: (body: Body, group: TileGroup) => void): void {
  const { position, tiled } = load;
  const { nest, context } = tiled;
  const { size, tile, tiles } = nest.dims.k;
  const full = Math.floor(size / tile);
  const isWhole = tilesInside(nest, "k", position.depth) === tiles;
  const trips = tileTrips(nest, "k", position.depth, position.index);
  const canGroup = (full === tiles || (isWhole && full > 0)) && context.machine.accessDims > 1;
  const grouped = isWhole && canGroup ? { max: full } : trips;
  const parts = partsOf(grouped, canGroup ? Math.max(1, most) : 1);
  emitLoop(context.builder, position.body, { name: "kt", trips: parts.trips }, (body, at) => {
    const first = scaleAffine(at, parts.size);
    const rows = canGroup
      ? { max: tile }
      : tileElements(nest, "k", addAffine(firstTile(nest, "k", position.index), first));
    emit(body, { first, count: parts.size === 1 ? undefined : parts.at(at), rows });
  });
  if (canGroup && full < tiles) {
    emit(position.body, { first: constant(full), count: undefined, rows: { max: size - full * tile } });
  }
}

/** The rows of each k tile on the partitions, all free elements of the position along them. */
function emitDirect(load: Load): void {
  const { tensor, columns, freeElements } = load;
  const { tile } = load.tiled.nest.dims.k;
  emitByTiles(load, load.tiled.schedule.load_k, (body, { first, count, rows }) => {
    const tiles = (stride: number) => (count === undefined ? [] : [{ stride, size: count }]);
    const k = addAffine(firstElement(load, "k"), scaleAffine(first, tile));
    const offset = offsetAt(load, firstElement(load, load.free), k);
    const free = { stride: tensor[load.free], size: freeElements };
    emitOp(body, "dma", {
      dst: chipAccess(load.buffer, rows, [...tiles(columns), run(freeElements)], scaleAffine(first, columns)),
      src: hbmAccess(tensor.buffer, offset, { stride: tensor.k, size: rows }, [...tiles(tensor.k * tile), free]),
    });
  });
}

/** The same where memory runs along k: the k tiles that lie side by side in the rows are transposed on their way. */
function emitDmaTranspose(load: Load): void {
  const { tensor, columns, freeElements } = load;
  const { tile } = load.tiled.nest.dims.k;
  emitByTiles(load, load.tiled.schedule.load_k, (body, { first, count, rows }) => {
    const tiles = (stride: number) => (count === undefined ? [] : [{ stride, size: count }]);
    const k = addAffine(firstElement(load, "k"), scaleAffine(first, tile));
    const offset = offsetAt(load, firstElement(load, load.free), k);
    const free = { stride: tensor[load.free], size: freeElements };
    emitOp(body, "dma_transpose", {
      dst: chipAccess(load.buffer, rows, [...tiles(columns), run(freeElements)], scaleAffine(first, columns)),
      src: hbmAccess(tensor.buffer, offset, free, [...tiles(tile), run(rows)]),
    });
  });
}

/** Rows as stored: [free <= array rows, k elements]; then every k tile of them through the array. */
function emitPeTranspose(load: Load): void {
  const { tiled, position } = load;
  const { nest, context } = tiled;
  const { builder } = context;
  const { peRows, psumBankBytesPerPartition } = context.machine;
  const { dtype } = builder.bufferInfo(load.buffer);
  // As many rows as go through the array at once, into one PSUM bank.
  const parts = partsOf(load.freeElements, Math.min(peRows, psumBankBytesPerPartition / dtypeBytes(dtype)));
  const rowTile = parts.size;
  emitLoop(builder, position.body, { name: "rt", trips: parts.trips }, (body, rt) => {
    const rows = parts.at(rt);
    const kMax = Math.min(nest.dims.k.size, tilesInside(nest, "k", position.depth) * nest.dims.k.tile);
    const shape = [rowTile, kMax];
    const raw = emitAlloc(builder, body, {
      name: `${load.name}_rows`,
      memory: "sbuf",
      dtype,
      shape,
      slots: load.slots,
    });
    const kElements = elementsInside(nest, "k", position.depth, position.index);
    const free = addAffine(firstElement(load, load.free), scaleAffine(rt, rowTile));
    const src = hbmAccess(
      load.tensor.buffer,
      offsetAt(load, free, firstElement(load, "k")),
      { stride: load.tensor[load.free], size: rows },
      [{ stride: load.tensor.k, size: kElements }],
    );
    emitOp(body, "dma", { dst: chipAccess(raw, rows, [run(kElements)]), src });
    emitTransposes(load, body, { raw, rows, rowTile, rt });
  });
}

interface RawRows {
  readonly raw: BufferId;
  readonly rows: Extent;
  readonly rowTile: number;
  readonly rt: Affine;
}

/** As many k tiles as fit in a PSUM bank are transposed into it, and leave it together. */
function emitTransposes(load: Load, into: Body, { raw, rows, rowTile, rt }: RawRows): void {
  const { tiled } = load;
  const { nest, context, schedule } = tiled;
  const { builder, machine } = context;
  const { dtype } = builder.bufferInfo(load.buffer);
  const { tile } = nest.dims.k;
  const perBank = Math.floor(machine.psumBankBytesPerPartition / dtypeBytes(dtype) / rowTile);
  emitByTiles(
    { ...load, position: { ...load.position, body: into } },
    perBank,
    (body, { first, count, rows: kRows }) => {
      const tilesInBank = count?.max ?? 1;
      const transposed = emitAlloc(builder, body, {
        name: `${load.name}_t`,
        memory: "psum",
        dtype,
        shape: [tile, tilesInBank * rowTile],
        slots: Math.min(schedule.slots_psum, maxTransposeSlots),
      });
      emitLoop(builder, body, { name: "t", trips: count ?? { max: 1 } }, (inner, t) => {
        const src = chipAccess(raw, rows, [run(kRows)], scaleAffine(addAffine(first, t), tile));
        emitOp(inner, "transpose", { dst: chipAccess(transposed, kRows, [run(rows)], scaleAffine(t, rowTile)), src });
      });
      const tiles = (stride: number) => (count === undefined ? [] : [{ stride, size: count }]);
      const offset = addAffine(scaleAffine(first, load.columns), scaleAffine(rt, rowTile));
      const dst = chipAccess(load.buffer, kRows, [...tiles(load.columns), run(rows)], offset);
      emitFastCopy(context, body, { dst, src: chipAccess(transposed, kRows, [...tiles(rowTile), run(rows)]) });
    },
  );
}

/** Transposes come in bursts between products: two banks keep the array busy, the others are for sums. */
const maxTransposeSlots = 2;
