// The products of a segment, piece by piece of its columns, with the row-wise nodes that need no more than a piece.

import { type Affine, addAffine, clampedExtent, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { psumBankColumns } from "../../../ir-spec/machine.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { runNodes } from "../compute-nodes.ts";
import { emitFrom } from "../origin.ts";
import { chipAccess, emitAlloc, emitLoop, emitOp, emitWhere, run, tripsOver } from "../program-builder.ts";
import { largestDivisorUpTo } from "../space.ts";
import { type Destination, freshColumn, freshTile, type TileScope, type TileValue } from "../tile-values.ts";
import { type ContractedOperand, columnsOf, contractedAccess } from "./contracted.ts";
import { type Chain, type ChainLevel, namedValue, type Piece, scopeOf, withRows } from "./level.ts";
import { loadRight } from "./loads.ts";
import { applyMask } from "./masked.ts";
import type { ChainProduct, PieceReduction, PlannedSegment } from "./plan.ts";
import { evictRange } from "./range-masks.ts";
import { inPiece, tileRun } from "./values.ts";
import { firstContracted } from "./windows.ts";

export function emitPieces(chain: Chain, segment: PlannedSegment, level: ChainLevel, computed: Extent): void {
  const { context } = chain;
  const width = pieceWidth(chain, segment, computed);
  const isInBlock = chain.schedule.load_rhs_per === "piece" && chain.blocks?.segment === segment.at;
  const columns = isInBlock ? constant(0) : level.column;
  const reductions = openReductions(chain, segment, level, {
    count: Math.ceil(computed.max / width),
    areAll: computed.limit === undefined,
  });
  emitLoop(context.builder, level.body, { name: "c", trips: tripsOver(computed.max, width) }, (outer, index) => {
    const at = scaleAffine(index, width);
    emitWhere(context.builder, outer, columnsFrom(computed, at, 1), (body) => {
      const piece: Piece = { body, at, columns: columnsFrom(computed, at, width) };
      const products = new Map<ValueId, TileValue>();
      for (const product of segment.products) {
        const origin = { columns, contracted: firstContracted(chain, product, level) };
        const emit = () => emitProduct(chain, segment, { product, level, piece, width, origin });
        const access = emitFrom(context, body, [product.result], emit);
        const mask = segment.masks.find((candidate) => candidate.product === product.result);
        if (mask !== undefined) {
          const select = () => applyMask(chain, mask, level, { piece, product: access, width });
          emitFrom(context, body, mask.values, select);
        }
        products.set(mask?.result ?? product.result, { kind: "tile", access });
      }
      emitPieceNodes(chain, segment, { level, piece, products, reductions, index });
    });
  });
  for (const reduction of reductions)
    emitFrom(context, level.body, [reduction.result], () => closeReduction(chain, level, reduction));
}

/** At most `width` of the columns from `at` on. */
export function columnsFrom({ max, limit }: Extent, at: Affine, width: number): Extent {
  if (limit === undefined && max % width === 0) return { max: Math.min(max, width) };
  return clampedExtent(Math.min(max, width), addAffine(limit ?? constant(max), scaleAffine(at, -1)));
}

/** A reduction while the pieces go by: one element of each row for each piece. */
interface OpenReduction extends PieceReduction {
  readonly parts: Access;
  readonly count: number;
}

/** Pieces that are not computed leave a number that changes nothing. */
export const neutral = { max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY, add: 0 } as const;

function openReductions(
  chain: Chain,
  { reductions }: PlannedSegment,
  level: ChainLevel,
  pieces: { readonly count: number; readonly areAll: boolean },
): readonly OpenReduction[] {
  const { count, areAll } = pieces;
  return reductions.map((reduction) => {
    const parts = freshTile(scopeOf(chain, level, { max: count }), namedValue(chain, reduction.result).name, "f32");
    if (!areAll && count > 1)
      emitOp(level.body, "memset", { dst: parts }, { value: neutral[reduction.op] }, { engine: "pool" });
    return { ...reduction, count, parts };
  });
}

function closeReduction(chain: Chain, level: ChainLevel, { op, parts, count, result }: OpenReduction): void {
  if (count === 1) {
    chain.values.set(result, { kind: "column", access: parts });
    return;
  }
  const scope = scopeOf(chain, level, { max: 1 });
  const access = freshColumn(scope, namedValue(chain, result).name, "f32");
  emitOp(level.body, "tensor_reduce", { dst: access, src: parts }, { op, negate: false });
  chain.values.set(result, { kind: "column", access });
}

/** A held product leaves PSUM. */
function evict(
  chain: Chain,
  { piece, reductions, index, level }: PieceRun,
  product: ValueId,
  { dst, src }: { readonly dst: Access; readonly src: Access },
): void {
  const [reduction, ...others] = reductions.filter((candidate) => candidate.product === product);
  const [range, bounds] = [chain.masks.get(product)?.range, chain.bounds.get(product)];
  if (range !== undefined && bounds !== undefined && reduction !== undefined) {
    const maximum = columnsOf(withRows(reduction.parts, src.partition.size), index, { max: 1 });
    const [column, row] = [addAffine(piece.at, level.column), scaleAffine(level.tile, chain.tileRows)];
    evictRange(piece.body, range, { dst, maximum, src, bounds, column, row });
    return;
  }
  if (reduction === undefined) emitOp(piece.body, "tensor_copy", { dst, src }, {}, { engine: chain.schedule.copy_on });
  for (const { op, parts } of [...(reduction === undefined ? [] : [reduction]), ...others]) {
    const part = columnsOf(withRows(parts, src.partition.size), index, { max: 1 });
    emitOp(
      piece.body,
      "tensor_scalar_reduce",
      { dst, fold: part, src },
      { op0: "multiply", imm0: 1, reverse0: false, op1: op },
    );
  }
}

/** Columns of one matmul: those of a bank, as far as they move through the array at once. */
function partWidth({ context: { machine } }: Chain): number {
  return Math.min(psumBankColumns(machine), machine.peMovingColumns);
}

/** Several banks at once only where they are all full, and are so more than once: what empties one piece works beside the next one. */
export function pieceWidth(chain: Chain, { columns }: PlannedSegment, computed: Extent = { max: columns }): number {
  const part = partWidth(chain);
  const { psum_banks: banks } = chain.schedule;
  const areFull = part === psumBankColumns(chain.context.machine) && columns % (banks * part) === 0;
  if (columns >= 2 * banks * part && areFull) return banks * part;
  const width = Math.min(part, columns);
  if (chain.blocks === undefined || computed.limit === undefined) return width;
  // The end of a block that is seen as a whole is that of a piece; those that a mask ends grow by tiles of rows.
  const { tileRows } = chain;
  return tileRows * largestDivisorUpTo(columns / tileRows, Math.max(1, Math.floor(width / tileRows)));
}

export interface PlacedProduct {
  readonly product: ChainProduct;
  readonly level: ChainLevel;
  readonly piece: Piece;
  readonly width: number;
  /** Where the columns and the contracted elements of the block begin in the right operand. */
  readonly origin: { readonly columns: Affine; readonly contracted: Affine };
}

/** A piece of a product in PSUM. */
export function emitProduct(
  chain: Chain,
  segment: PlannedSegment,
  { product, level, piece, width, origin }: PlacedProduct,
): Access {
  const { context, schedule, operands, tileRows } = chain;
  const { lhs, rhs } = product;
  const left = operands.get(lhs.kind === "held" ? lhs.value : lhs.tensor.value);
  invariant(left !== undefined, "a left operand before its product");
  const resident = operands.get(rhs);
  const { columns: firstColumn, contracted } = origin;
  const first = addAffine(piece.at, firstColumn);
  const right: ContractedOperand =
    resident ??
    loadRight(chain, product, segment, { body: piece.body, level, first, contracted, columns: piece.columns });
  const firstTile = resident === undefined ? constant(0) : scaleAffine(contracted, 1 / right.tile);
  const bank = partWidth(chain);
  const shape = [tileRows, width];
  const buffer = emitAlloc(context.builder, piece.body, {
    name: "acc",
    memory: "psum",
    dtype: "f32",
    shape,
    slots: segment.columns > width ? schedule.slots_psum : schedule.slots_single,
  });
  const parts = Math.ceil(width / bank);
  emitLoop(context.builder, piece.body, { name: "k", trips: left.tiles }, (body, kt) => {
    const accumulate = kt.terms.length === 0 ? false : { notFirst: kt.terms.map(({ loop }) => loop) };
    for (let part = 0; part < parts; part++) {
      const inBuffer = constant(part * bank);
      const columns = parts === 1 ? piece.columns : columnsFrom(piece.columns, inBuffer, bank);
      const at = addAffine(resident === undefined ? constant(0) : first, inBuffer);
      const stationary = contractedAccess(left, kt, level.rows);
      const moving = contractedAccess(right, addAffine(firstTile, kt), columns, at);
      emitWhere(context.builder, body, part === 0 ? { max: 1 } : columnsFrom(piece.columns, inBuffer, 1), (where) =>
        emitOp(
          where,
          "matmul",
          {
            dst: chipAccess(buffer, level.rows, [run(columns)], inBuffer),
            stationary,
            moving: withRows(moving, stationary.partition.size),
          },
          {},
          { accumulate },
        ),
      );
    }
  });
  return chipAccess(buffer, level.rows, [run(piece.columns)]);
}

interface PieceRun {
  readonly level: ChainLevel;
  readonly piece: Piece;
  readonly products: ReadonlyMap<ValueId, TileValue>;
  readonly reductions: readonly OpenReduction[];
  /** The number of the piece. */
  readonly index: Affine;
}

function emitPieceNodes(chain: Chain, segment: PlannedSegment, run: PieceRun): void {
  const { level, piece, products, reductions } = run;
  const scope: TileScope = { ...scopeOf(chain, { ...level, body: piece.body }, piece.columns), rows: level.rows };
  const heldSlice = (value: ValueId): Access => {
    const tile = chain.values.get(value);
    invariant(tile !== undefined && tile.kind !== "number", "held rows have their tile");
    return columnsOf(withRows(tile.access, level.rows), piece.at, piece.columns);
  };
  const values = new Map<ValueId, TileValue>();
  for (const [id, value] of chain.values) values.set(id, inPiece(value, { level, piece }));
  for (const [id, value] of products) {
    if (segment.held.includes(id)) {
      const copy = () => evict(chain, run, id, { dst: heldSlice(id), src: accessOf(value) });
      emitFrom(chain.context, piece.body, [id, ...reductions.map(({ result }) => result)], copy);
    }
    values.set(id, value);
  }
  const destinationOf = (value: ValueId): Destination => {
    const { name, dtype } = namedValue(chain, value);
    if (segment.held.includes(value)) return { name, dtype, access: heldSlice(value) };
    return { name, dtype: dtype === "bf16" || dtype === "f16" ? "f32" : dtype };
  };
  const tile = tileRun(chain, segment, { level, scope, values, destinationOf, at: piece.at });
  runNodes(tile, segment.pieceNodes, () => scope);
}

function accessOf(value: TileValue): Access {
  invariant(value.kind !== "number", "a product is in PSUM");
  return value.access;
}
