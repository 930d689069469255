// Lowering: a convolution with its epilogue -> products on the systolic array, one for each element of the window, of weights with a shifted
// part of the operand; the columns of no window are ever laid side by side in memory.
//
//     for groups { load weights, transposed on the array
//       for images, blocks of rows { load the operand's rows, fill what lies in the padding
//         for tiles of the result's channels, rows of a bank {
//           for tiles of channels, elements of the window: matmul into PSUM
//           epilogue }
//         store } }

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { psumBankColumns } from "../../../ir-spec/machine.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { partsOf } from "../parts.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, run, tileExtent, tripsOver } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { placesInside } from "./axis.ts";
import { blockRuns } from "./blocks.ts";
import { type ConvColumns, emitConvTile, emitStore, loadColumns, loadWide, openResult } from "./epilogue.ts";
import type { ConvSchedule } from "./fields.ts";
import { type BlockPlace, emitBlockLoad } from "./load.ts";
import { elementsOf, partDims, type ResultPart } from "./parts.ts";
import type { ConvPlan } from "./plan.ts";
import { type ConvProduct, type TiledConv, tileConv } from "./tiling.ts";
import { contractedRows, emitWeights, type LoadedWeights, weightsTile } from "./weights.ts";

export function emitConv(context: LowerContext, plan: ConvPlan, schedule: ConvSchedule): Body {
  const tiling = tileConv(plan.sizes, schedule, context.machine);
  const tiled: TiledConv = { context, plan, schedule, tiling };
  const { builder } = context;
  const { groups, images } = plan.sizes;
  const body: Body = [];
  emitLoop(builder, body, { name: "g", trips: { max: groups } }, (ofGroup, group) => {
    const all = { body: ofGroup, group, first: constant(0), tiles: tiling.mTiles };
    const weights = schedule.load_weights === "kernel" ? emitWeights(tiled, all) : undefined;
    emitLoop(builder, ofGroup, { name: "n", trips: { max: images } }, (ofImage, image) => {
      const columns = loadColumns(tiled, { body: ofImage, group, image });
      for (const blocks of blockRuns(plan.sizes, tiling)) {
        emitLoop(builder, ofImage, { name: "b", trips: { max: blocks.count } }, (ofBlock, index) => {
          const block = addAffine(index, constant(blocks.first));
          emitBlock(tiled, { body: ofBlock, group, image, block, run: blocks }, weights, columns);
        });
      }
    });
  });
  return body;
}

function emitBlock(tiled: TiledConv, place: BlockPlace, held: LoadedWeights | undefined, columns: ConvColumns): void {
  const { context, plan, tiling } = tiled;
  const input = emitBlockLoad(tiled, place);
  emitLoop(context.builder, place.body, { name: "m", trips: { max: tiling.mTiles } }, (body, m) => {
    const weights = held ?? emitWeights(tiled, { body, group: place.group, first: m, tiles: 1 });
    const channels = tileExtent(plan.sizes.m, tiling.mTile, m);
    const at = { ...place, body, m, channels, columns };
    const result = openResult(tiled, body);
    const wides = loadWide(tiled, at);
    emitRows(tiled, place.run.rows(place.block), body, (inner, part) =>
      emitTile(tiled, { ...part, body: inner, input, weights, m, channels }, (accumulator) =>
        emitConvTile(tiled, { ...at, ...part, body: inner, wides, result }, accumulator),
      ),
    );
    emitStore(tiled, at, result);
  });
}

function emitRows(
  { context, plan, tiling }: TiledConv,
  count: Extent,
  body: Body,
  emit: (body: Body, part: ResultPart) => void,
): void {
  const { builder } = context;
  const { groupRows, pieceColumns } = tiling;
  const { places } = plan.sizes.x;
  const parts = partsOf(count, groupRows);
  emitLoop(builder, body, { name: "y", trips: parts.trips }, (ofRows, y) => {
    const rows = parts.at(y);
    emitLoop(builder, ofRows, { name: "x", trips: tripsOver(places, pieceColumns) }, (inner, x) =>
      emit(inner, {
        row: scaleAffine(y, parts.size),
        column: scaleAffine(x, pieceColumns),
        rows,
        width: tileExtent(places, pieceColumns, x),
      }),
    );
  });
}

interface ConvTile extends ResultPart {
  readonly body: Body;
  readonly input: BufferId;
  readonly weights: LoadedWeights;
  /** The tile of the result's channels. */
  readonly m: Affine;
  readonly channels: Extent;
}

/** The products of a part of the result, added up in PSUM, and what becomes of the sum. */
function emitTile(tiled: TiledConv, tile: ConvTile, finish: (accumulator: Access) => void): void {
  const { context, plan, schedule, tiling } = tiled;
  const { builder, machine } = context;
  const most = tiling.groupRows * tiling.pieceColumns;
  const accumulator = emitAlloc(builder, tile.body, {
    name: "acc",
    memory: "psum",
    dtype: "f32",
    shape: [tiling.mTile, Math.min(most, psumBankColumns(machine))],
    slots: schedule.slots_psum,
  });
  emitLoop(builder, tile.body, { name: "c", trips: { max: tiling.cTiles } }, (body, c) => {
    const loops = c.terms.map(({ loop }) => loop);
    for (const [index, product] of tiling.products.entries()) {
      const { first, end } = columnsOf(tiled, product);
      if (end <= first) continue;
      const contracted = contractedRows(product, tileExtent(plan.sizes.c, tiling.cTile, c));
      const width: Extent = tiling.isClipped ? { max: end - first } : tile.width;
      const dst = chipAccess(
        accumulator,
        tile.channels,
        partDims(tile, tiling.pieceColumns, width, 1),
        constant(first),
      );
      const stationary = weightsTile(
        tiled,
        tile.weights,
        { m: tile.m, c, product: index },
        { contracted, rows: tile.channels },
      );
      const moving = movingTile(tiled, { ...tile, width }, { product, c, first, contracted });
      const accumulate = index > 0 || (loops.length > 0 && { notFirst: loops });
      emitOp(body, "matmul", { dst, stationary, moving }, {}, { accumulate });
    }
  });
  finish(chipAccess(accumulator, tile.channels, [run(elementsOf(tile, tiling.pieceColumns))]));
}

/** Columns of the result that a product adds to. */
function columnsOf({ plan, tiling }: TiledConv, { tx }: ConvProduct): { readonly first: number; readonly end: number } {
  const { x } = plan.sizes;
  return tiling.isClipped ? placesInside(x, tx) : { first: 0, end: x.places };
}

interface Shifted {
  readonly product: ConvProduct;
  readonly c: Affine;
  readonly first: number;
  readonly contracted: Extent;
}

/** The operand as a product sees it. */
function movingTile(tiled: TiledConv, tile: ConvTile, { product, c, first, contracted }: Shifted): Access {
  const { plan, tiling } = tiled;
  const { x, y } = plan.sizes;
  const { buffer, isClipped } = tiling;
  const column = isClipped ? first * x.stride + product.tx * x.dilation - x.before : product.tx * x.dilation;
  const row = buffer.rowStep === 1 ? product.ty * y.dilation : 0;
  const offset = addAffine(
    scaleAffine(c, buffer.rows * buffer.columns),
    scaleAffine(tile.row, buffer.placeStep * buffer.columns),
    scaleAffine(tile.column, x.stride),
    constant(row * buffer.columns + column),
  );
  const dims = partDims(tile, buffer.placeStep * buffer.columns, tile.width, x.stride);
  return chipAccess(tile.input, contracted, dims, offset);
}
