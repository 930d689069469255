// Loads of a contraction's operands: from HBM into a buffer [k tile, (k tiles, free elements)], contracted dimension on
// the partitions. Where memory runs along the contracted dimension, rows are loaded as stored and transposed on the
// array, tile by tile, or by the DMA engines: element-wise DMA would cost a descriptor per element.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Access, AccessDim } from "../../../ir-spec/tile.ts";
import { partsOf } from "../parts.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, hbmAccess, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { emitFastCopy } from "./evict.ts";
import { elementsInside, firstTile, type Nest, type NestIndex, tileElements, tilesInside, tileTrips } from "./nest.ts";
import {
  isContiguousAlongK,
  type NestPosition,
  type StridedTensor,
  stridedOffset,
  type TiledContract,
} from "./tiled.ts";

export interface LoadedOperand {
  readonly buffer: BufferId;
  readonly layout: OperandLayout;
  /** The index of the position: tiles count from its first one. */
  readonly index: NestIndex;
}

/** Where the elements of an operand are in each partition of its buffer: element f of k tile t at `t * k + (f % runs) * run + floor(f / runs) * free`. */
interface OperandLayout {
  /** Elements between k tiles. */
  readonly k: number;
  /** Elements between neighbouring free elements of one run. */
  readonly free: number;
  /** Neighbours along the free dimension are in so many runs, one after the other; with 1 they are all in one. */
  readonly runs: number;
  /** Elements between the runs. */
  readonly run: number;
}

/** The access to a tile: `k` rows of tile `kTile`, `size` free elements from `first` on, which is a multiple of the runs. */
export function operandTile(
  { buffer, layout }: LoadedOperand,
  kTile: Affine,
  k: Extent,
  free: { readonly first: Affine; readonly size: Extent },
): Access {
  const { runs } = layout;
  const offset = addAffine(scaleAffine(kTile, layout.k), scaleAffine(free.first, layout.free / runs));
  if (runs === 1) return chipAccess(buffer, k, [{ stride: layout.free, size: free.size }], offset);
  const inRun = { stride: layout.free, size: { max: free.size.max / runs } };
  return chipAccess(buffer, k, [inRun, { stride: layout.run, size: { max: runs } }], offset);
}

interface Load {
  readonly tiled: TiledContract;
  readonly position: NestPosition;
  readonly free: "s" | "v";
  readonly tensor: StridedTensor;
  readonly name: string;
  readonly slots: number;
  readonly buffer: BufferId;
  /** Free elements that the buffer has room for. */
  readonly columns: number;
  /** Tiles of k that it has room for. */
  readonly kTiles: number;
  readonly layout: OperandLayout;
  /** Elements along the free dimension and along k inside the position. */
  readonly freeElements: Extent;
}

export function emitOperandLoad(tiled: TiledContract, position: NestPosition, free: "s" | "v"): LoadedOperand {
  const { nest, schedule, context } = tiled;
  const tensor = free === "s" ? tiled.stationary : tiled.moving;
  const isLeft = (free === "s") === (schedule.stationary === "lhs");
  const info = context.builder.bufferInfo(tensor.buffer);
  const columns = Math.min(nest.dims[free].size, tilesInside(nest, free, position.depth) * nest.dims[free].tile);
  const kTiles = tilesInside(nest, "k", position.depth);
  const slots = isLeft ? schedule.slots_lhs : schedule.slots_rhs;
  const freeElements = elementsInside(nest, free, position.depth, position.index);
  const how = loadingOf(tiled, tensor, { free, kTiles, freeElements });
  const layout = layoutOf(how, { columns, kTiles, freeElements });
  const buffer = emitAlloc(context.builder, position.body, {
    name: info.name,
    memory: "sbuf",
    dtype: info.dtype,
    shape: [nest.dims.k.tile, kTiles, columns],
    slots,
  });
  const load: Load = {
    tiled,
    position,
    free,
    tensor,
    name: info.name,
    slots,
    buffer,
    columns,
    kTiles,
    layout,
    freeElements,
  };
  emitters[how.kind](load);
  return { buffer, layout, index: position.index };
}

/** How an operand comes into its buffer. `wide`: as `dma`, several rows of the operand in one run. */
type Loading =
  | { readonly kind: "direct" | "along_k" | "pe" | "dma" }
  | { readonly kind: "wide"; readonly runs: number };

const emitters = {
  direct: emitDirect,
  along_k: emitDirect,
  dma: emitDmaTranspose,
  wide: emitWideTranspose,
  pe: emitPeTranspose,
};

interface LoadedPart {
  readonly free: "s" | "v";
  readonly kTiles: number;
  readonly freeElements: Extent;
}

function loadingOf({ nest, schedule, context }: TiledContract, tensor: StridedTensor, part: LoadedPart): Loading {
  if (!isContiguousAlongK(tensor, part.free, nest.dims.k.size)) return { kind: "direct" };
  if (nest.kStep.tile === 1 && nest.dims.k.tile > 1) return { kind: "along_k" };
  if (schedule.transpose_on === "pe") return { kind: "pe" };
  const runs = wideRuns(nest, tensor, part, context);
  return runs > 1 ? { kind: "wide", runs } : { kind: "dma" };
}

function layoutOf(
  how: Loading,
  {
    columns,
    kTiles,
    freeElements,
  }: { readonly columns: number; readonly kTiles: number; readonly freeElements: Extent },
): OperandLayout {
  if (how.kind === "along_k") return { k: 1, free: kTiles, runs: 1, run: 0 };
  if (how.kind === "wide") return { k: columns, free: 1, runs: how.runs, run: freeElements.max / how.runs };
  return { k: columns, free: 1, runs: 1, run: 0 };
}

/** Bytes of a descriptor beyond which its fixed cost is small. Assumed: 32 times what an engine moves in that time. */
const wideBytes = ({ dmaDescriptorNs, dmaEngineBytesPerSecond }: Machine): number =>
  (dmaDescriptorNs * dmaEngineBytesPerSecond * 32) / 1e9;

/** Rows of an operand, all of k each, that one descriptor of a transposing DMA takes: as many as make it wide, and divide all tiles. */
function wideRuns({ dims }: Nest, tensor: StridedTensor, part: LoadedPart, { builder, machine }: LowerContext): number {
  const { free, kTiles, freeElements } = part;
  const { size, tile, tiles } = dims.k;
  const rowsFollow = tensor[free] === size && kTiles === tiles && size % tile === 0;
  if (!rowsFollow || freeElements.limit !== undefined || machine.accessDims < 3) return 1;
  const rowBytes = size * dtypeBytes(builder.bufferInfo(tensor.buffer).dtype);
  // Each engine gets several descriptors, so that they share the work evenly.
  const most = Math.min(wideBytes(machine) / rowBytes, freeElements.max / (4 * machine.dmaEngines));
  const fits = (runs: number): boolean =>
    runs <= most &&
    freeElements.max % runs === 0 &&
    dims[free].tile % runs === 0 &&
    dims[free].size % dims[free].tile === 0;
  let runs = 1;
  while (fits(2 * runs)) runs *= 2;
  return runs;
}

/** The operand's offset in HBM at element indices along its free dimension and k. */
function offsetAt(load: Load, free: Affine, k: Affine): Affine {
  const zero = constant(0);
  const at = load.free === "s" ? { s: free, v: zero, k } : { s: zero, v: free, k };
  return stridedOffset(load.tensor, load.position.batch, at);
}

function firstElement(load: Load, dim: "s" | "v" | "k"): Affine {
  const { nest } = load.tiled;
  return scaleAffine(firstTile(nest, dim, load.position.index), dim === "k" ? nest.kStep.tile : nest.dims[dim].tile);
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

/** The rows of each k tile on the partitions, with all free elements of the position. */
function emitDirect(load: Load): void {
  const { tensor, layout, freeElements } = load;
  const { kStep } = load.tiled.nest;
  emitByTiles(load, load.tiled.schedule.load_k, (body, { first, count, rows }) => {
    const dims = (kStride: number, freeStride: number): AccessDim[] => {
      const free = { stride: freeStride, size: freeElements };
      const tiles = count === undefined ? [] : [{ stride: kStride, size: count }];
      // The dimension with the longer runs is the inner one, on both sides.
      return layout.k < layout.free ? [free, ...tiles] : [...tiles, free];
    };
    const k = addAffine(firstElement(load, "k"), scaleAffine(first, kStep.tile));
    const offset = offsetAt(load, firstElement(load, load.free), k);
    const partitions = { stride: tensor.k * kStep.partition, size: rows };
    emitOp(body, "dma", {
      dst: chipAccess(load.buffer, rows, dims(layout.k, layout.free), scaleAffine(first, layout.k)),
      src: hbmAccess(tensor.buffer, offset, partitions, dims(tensor.k * kStep.tile, tensor[load.free])),
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

/** Several rows in one run: row f is part `f % runs` of source row `f / runs`, and its transpose lies in that run of the buffer. */
function emitWideTranspose(load: Load): void {
  const { tensor, layout, freeElements, position } = load;
  const { k } = load.tiled.nest.dims;
  const offset = offsetAt(load, firstElement(load, load.free), firstElement(load, "k"));
  const rows = { stride: tensor[load.free] * layout.runs, size: { max: freeElements.max / layout.runs } };
  const runs = { stride: layout.run, size: { max: layout.runs } };
  const tiles = { stride: layout.k, size: { max: k.tiles } };
  emitOp(position.body, "dma_transpose", {
    dst: chipAccess(load.buffer, { max: k.tile }, [runs, tiles, run(rows.size)]),
    src: hbmAccess(tensor.buffer, offset, rows, [run({ max: layout.runs * k.size })]),
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
export const maxTransposeSlots = 2;
