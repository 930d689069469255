// Loads of a contraction's operands: from HBM into a buffer [k tile, (k tiles, free elements)], contracted dimension on
// the partitions. Where memory runs along the contracted dimension, rows are loaded as stored and transposed on the
// array, tile by tile, or by the DMA engines: element-wise DMA would cost a descriptor per element.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { partsOf } from "../parts.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run } from "../program-builder.ts";
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

/**
 * The rows of each k tile on the partitions, all free elements of the position along them, `load_k` tiles in one DMA. A partial
 * last tile has fewer partitions than the others, so that then each tile is loaded by itself.
 */
function emitDirect(load: Load): void {
  const { tiled, position } = load;
  const { nest, schedule, context } = tiled;
  const { size, tile } = nest.dims.k;
  const trips = tileTrips(nest, "k", position.depth, position.index);
  const canGroup = size % tile === 0 && context.machine.accessDims > 1;
  const parts = partsOf(trips, canGroup ? schedule.load_k : 1);
  emitLoop(context.builder, position.body, { name: "kt", trips: parts.trips }, (body, at) => {
    const kt = scaleAffine(at, parts.size);
    const tileIndex = addAffine(firstTile(nest, "k", position.index), kt);
    const tiles = parts.size === 1 ? [] : [parts.at(at)];
    const rows = tileElements(nest, "k", tileIndex);
    const free = run(load.freeElements);
    const offset = offsetAt(load, firstElement(load, load.free), scaleAffine(tileIndex, tile));
    const dst = chipAccess(
      load.buffer,
      rows,
      [...tiles.map((count) => ({ stride: load.columns, size: count })), free],
      scaleAffine(kt, load.columns),
    );
    const dims = [
      ...tiles.map((count) => ({ stride: load.tensor.k * tile, size: count })),
      { stride: load.tensor[load.free], size: load.freeElements },
    ];
    emitOp(body, "dma", {
      dst,
      src: hbmAccess(load.tensor.buffer, offset, { stride: load.tensor.k, size: rows }, dims),
    });
  });
}

/** One transposing DMA for each k tile. */
function emitDmaTranspose(load: Load): void {
  const { tiled, position } = load;
  const { nest, context } = tiled;
  const trips = tileTrips(nest, "k", position.depth, position.index);
  emitLoop(context.builder, position.body, { name: "kt", trips }, (body, kt) => {
    const tileIndex = addAffine(firstTile(nest, "k", position.index), kt);
    const rows = tileElements(nest, "k", tileIndex);
    const offset = offsetAt(load, firstElement(load, load.free), scaleAffine(tileIndex, nest.dims.k.tile));
    const free = { stride: load.tensor[load.free], size: load.freeElements };
    emitOp(body, "dma_transpose", {
      dst: chipAccess(load.buffer, rows, [run(load.freeElements)], scaleAffine(kt, load.columns)),
      src: hbmAccess(load.tensor.buffer, offset, free, [run(rows)]),
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

function emitTransposes(load: Load, into: Body, { raw, rows, rowTile, rt }: RawRows): void {
  const { tiled, position } = load;
  const { nest, context, schedule } = tiled;
  const { builder } = context;
  const { dtype } = builder.bufferInfo(load.buffer);
  const trips = tileTrips(nest, "k", position.depth, position.index);
  emitLoop(builder, into, { name: "kt", trips }, (body, kt) => {
    const kRows = tileElements(nest, "k", addAffine(firstTile(nest, "k", position.index), kt));
    const shape = [nest.dims.k.tile, rowTile];
    const transposed = emitAlloc(builder, body, {
      name: `${load.name}_t`,
      memory: "psum",
      dtype,
      shape,
      slots: schedule.slots_psum,
    });
    const src = chipAccess(raw, rows, [run(kRows)], scaleAffine(kt, nest.dims.k.tile));
    const tile = chipAccess(transposed, kRows, [run(rows)]);
    emitOp(body, "transpose", { dst: tile, src });
    const offset = addAffine(scaleAffine(kt, load.columns), scaleAffine(rt, rowTile));
    emitOp(body, "tensor_copy", { dst: chipAccess(load.buffer, kRows, [run(rows)], offset), src: tile });
  });
}
