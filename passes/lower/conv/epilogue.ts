// The end of a convolution: finished sums leave PSUM, go through the region's elementwise ops and are stored, a block of rows at a time.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import type { Access, AccessDim } from "../../../ir-spec/tile.ts";
import { runEpilogue } from "../contract/run-epilogue.ts";
import { type Body, chipAccess, emitAlloc, emitOp, hbmAccess, run } from "../program-builder.ts";
import type { TileValue } from "../tile-values.ts";
import type { BlockPlace } from "./load.ts";
import { elementsOf, type ResultPart } from "./parts.ts";
import type { ConvTensor } from "./plan.ts";
import type { TiledConv } from "./tiling.ts";

/** Operands of the epilogue that are the same at all places, on chip: [channels of a tile, tiles]. */
export type ConvColumns = ReadonlyMap<ValueId, BufferId>;

interface ImagePlace {
  readonly body: Body;
  readonly group: Affine;
  readonly image: Affine;
}

export function loadColumns(tiled: TiledConv, { body, group, image }: ImagePlace): ConvColumns {
  const { context, plan, schedule, tiling } = tiled;
  const { mTile, mTiles } = tiling;
  const { m } = plan.sizes;
  const columns = new Map<ValueId, BufferId>();
  for (const value of plan.epilogue.reads) {
    const tensor = plan.others.get(value) as ConvTensor;
    if (!isColumn(tensor)) continue;
    const { name, dtype } = context.builder.bufferInfo(tensor.buffer);
    const slots = schedule.slots_weights;
    const buffer = emitAlloc(context.builder, body, { name, memory: "sbuf", dtype, shape: [mTile, mTiles], slots });
    const load = (first: number, count: number, rows: number): void => {
      if (count === 0 || rows === 0) return;
      const offset = addAffine(offsetOf(tensor, group, image), constant(first * mTile * tensor.channel));
      const dims = [{ stride: mTile * tensor.channel, size: { max: count } }];
      emitOp(body, "dma", {
        dst: chipAccess(buffer, { max: rows }, [run({ max: count })], constant(first)),
        src: hbmAccess(tensor.buffer, offset, { stride: tensor.channel, size: { max: rows } }, dims),
      });
    };
    const full = Math.floor(m / mTile);
    load(0, full, mTile);
    load(full, mTiles - full, m % mTile);
    columns.set(value, buffer);
  }
  return columns;
}

const isColumn = ({ y, x }: ConvTensor): boolean => y === 0 && x === 0;

function offsetOf(tensor: ConvTensor, group: Affine, image: Affine): Affine {
  return addAffine(constant(tensor.offset), scaleAffine(group, tensor.group), scaleAffine(image, tensor.image));
}

/** A tile of the result's channels in a block. */
export interface ResultPlace extends BlockPlace {
  readonly m: Affine;
  /** Channels of the tile. */
  readonly channels: Extent;
  readonly columns: ConvColumns;
}

/** The access to a block of a tensor in HBM. */
function blockAccess({ plan, tiling }: TiledConv, tensor: ConvTensor, place: ResultPlace): Access {
  const { x } = plan.sizes;
  const offset = addAffine(
    offsetOf(tensor, place.group, place.image),
    scaleAffine(place.m, tiling.mTile * tensor.channel),
    scaleAffine(place.block, tiling.blockRows * tensor.y),
  );
  const dims: readonly AccessDim[] = [
    { stride: tensor.y, size: place.run.rows(place.block) },
    { stride: tensor.x, size: { max: x.places } },
  ];
  return hbmAccess(tensor.buffer, offset, { stride: tensor.channel, size: place.channels }, dims);
}

function onChip({ plan }: TiledConv, buffer: BufferId, { channels, block, run: blocks }: ResultPlace): Access {
  const width = plan.sizes.x.places;
  return chipAccess(buffer, channels, [{ stride: width, size: blocks.rows(block) }, run({ max: width })]);
}

/** Loads the operands of the epilogue that differ from place to place: [channels of a tile, places of a block]. */
export function loadWide(tiled: TiledConv, place: ResultPlace): ReadonlyMap<ValueId, BufferId> {
  const { context, plan, schedule, tiling } = tiled;
  const wides = new Map<ValueId, BufferId>();
  const shape = [tiling.mTile, tiling.blockRows * plan.sizes.x.places];
  for (const value of plan.epilogue.reads) {
    const tensor = plan.others.get(value) as ConvTensor;
    if (isColumn(tensor)) continue;
    const { name, dtype } = context.builder.bufferInfo(tensor.buffer);
    const slots = schedule.slots_out;
    const buffer = emitAlloc(context.builder, place.body, { name, memory: "sbuf", dtype, shape, slots });
    emitOp(place.body, "dma", {
      dst: onChip(tiled, buffer, place),
      src: blockAccess(tiled, tensor, place),
    });
    wides.set(value, buffer);
  }
  return wides;
}

/** The buffer of a block of results. */
export function openResult({ context, plan, schedule, tiling }: TiledConv, body: Body): BufferId {
  const { output } = plan.epilogue;
  const { dtype } = typeOf(context.graph, output);
  const { name } = context.builder.bufferInfo((plan.others.get(output) as ConvTensor).buffer);
  const shape = [tiling.mTile, tiling.blockRows * plan.sizes.x.places];
  return emitAlloc(context.builder, body, { name, memory: "sbuf", dtype, shape, slots: schedule.slots_out });
}

export function emitStore(tiled: TiledConv, place: ResultPlace, result: BufferId): void {
  const tensor = tiled.plan.others.get(tiled.plan.epilogue.output) as ConvTensor;
  emitOp(place.body, "dma", { dst: blockAccess(tiled, tensor, place), src: onChip(tiled, result, place) });
}

interface ConvPart extends ResultPlace, ResultPart {
  readonly wides: ReadonlyMap<ValueId, BufferId>;
  readonly result: BufferId;
}

/** A part of a block's sums through the nodes of the epilogue, into the block's buffer. */
export function emitConvTile(tiled: TiledConv, part: ConvPart, source: Access): void {
  const { context, plan, schedule, tiling } = tiled;
  const { epilogue } = plan;
  const columns = elementsOf(part, tiling.pieceColumns);
  const at = addAffine(scaleAffine(part.row, plan.sizes.x.places), part.column);
  const inBlock = (buffer: BufferId): Access => chipAccess(buffer, part.channels, [run(columns)], at);
  const operandOf = (value: ValueId): TileValue => {
    const column = part.columns.get(value);
    if (column === undefined) return { kind: "tile", access: inBlock(part.wides.get(value) as BufferId) };
    return { kind: "column", access: chipAccess(column, part.channels, [run({ max: 1 })], part.m) };
  };
  const { name, dtype } = context.builder.bufferInfo(part.result);
  const slots = schedule.slots_out;
  const scope = { builder: context.builder, body: part.body, rows: part.channels, columns, slots };
  runEpilogue({ context, epilogue, scope, operandOf, evict: schedule.evict }, source, {
    name,
    dtype,
    access: inBlock(part.result),
  });
}
