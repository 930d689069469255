// Masks by position in a chain: which columns of a product each tile of rows sees, and how what it does not see is hidden while the
// product is still in PSUM.
//
//     columns  0 ........ a(t) ...... b(t) ........ N        t: the number of the tile of rows
//              visible    | masked    | hidden      |
//
// What is hidden is not computed, where that changes nothing: `a` and `b` grow by the same number of columns from tile to tile.

import { type Affine, addAffine, clampedExtent, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { type AffinePosition, axesOf, type Condition } from "../../analysis/positions.ts";
import { type Body, chipAccess, emitAlloc, emitOp, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";

/** A product whose elements are a number wherever a condition on rows (axis 1) and columns (axis 0) does not hold. */
export interface ColumnMask {
  readonly product: ValueId;
  /** The masked product, of which whole rows are kept. */
  readonly result: ValueId;
  readonly visible: Condition;
  readonly constant: number;
  /** Whether the hidden elements need not be computed. */
  readonly isSkipped: boolean;
  /** The values that the mask is computed in the place of: what it is applied with, and what only positions decide. */
  readonly values: readonly ValueId[];
}

/** `first + step * t` columns, at most those that there are. */
interface Growth {
  readonly first: number;
  readonly step: number;
}

export interface MaskShape {
  /** Where the masked columns begin, and where the hidden ones do. */
  readonly masked: Growth;
  readonly hidden: Growth;
}

interface MaskedTiles {
  readonly rows: number;
  readonly columns: number;
  readonly tileRows: number;
  /** Columns that are seen, masked or hidden together. */
  readonly granule: number;
}

/** Above so many blocks no shape is looked for. */
const maxBlocks = 1 << 20;

/** How the columns of each tile of rows fall into visible, masked and hidden ones, where that is regular. */
export function maskShape(visible: Condition, tiles: MaskedTiles): MaskShape | undefined {
  const { rows, columns, tileRows, granule } = tiles;
  const count = Math.ceil(rows / tileRows);
  const blocks = Math.ceil(columns / granule);
  if (axesOf(visible).some((axis) => axis > 1) || count * blocks > maxBlocks) return undefined;
  const ends = endsOf(visible, tiles);
  // Where visible columns begin and end irregularly, as in windows, all are masked that are not hidden.
  const masked = growthOf(
    ends.map((end) => end.masked),
    blocks,
  ) ?? { first: 0, step: 0 };
  const hidden = growthOf(
    ends.map((end) => end.hidden),
    blocks,
  );
  if (hidden === undefined) return undefined;
  const inColumns = ({ first, step }: Growth): Growth => ({ first: first * granule, step: step * granule });
  return { masked: inColumns(masked), hidden: inColumns(hidden) };
}

/** Of each tile of rows the first block that it sees, the first that is masked, and the first of those after it that are hidden. */
function endsOf(visible: Condition, { rows, columns, tileRows, granule }: MaskedTiles) {
  const blocks = Math.ceil(columns / granule);
  return Array.from({ length: Math.ceil(rows / tileRows) }, (_, t) => {
    const of = { first: t * tileRows, last: Math.min(rows, (t + 1) * tileRows) - 1 };
    const seen = Array.from({ length: blocks }, (_block, c) =>
      truthIn(visible, of, { first: c * granule, last: Math.min(columns, (c + 1) * granule) - 1 }),
    );
    const firstMasked = seen.findIndex((truth) => truth !== true);
    // A tile that sees nothing computes one block all the same, since its rows have a result.
    const hidden = Math.max(1, seen.findLastIndex((truth) => truth !== false) + 1);
    const first = Math.max(
      0,
      seen.findIndex((truth) => truth !== false),
    );
    return { first, masked: firstMasked < 0 ? hidden : Math.min(firstMasked, hidden), hidden };
  });
}

/** Tiles of rows that all see as many columns, a number of columns later in each. */
export interface MovingWindow {
  /** The first of these tiles, which sees the first columns. */
  readonly firstTile: number;
  readonly columns: number;
  readonly step: number;
  /** The share of the columns up to the ends of windows that is not in them. */
  readonly saved: number;
}

/** The window that a condition lets the last tiles of rows see, each later by whole blocks than the one before. */
export function windowOf(visible: Condition, tiles: MaskedTiles): MovingWindow | undefined {
  const { granule } = tiles;
  const ends = endsOf(visible, tiles);
  const firstTile = ends.findLastIndex(({ first }) => first === 0);
  const [from, next] = [ends[firstTile], ends[firstTile + 1]];
  if (from === undefined || next === undefined) return undefined;
  const [width, step] = [from.hidden, next.first];
  const moves = ends.slice(firstTile).every((end, t) => end.first === t * step && end.hidden === t * step + width);
  const before = ends.reduce((sum, { hidden }) => sum + hidden, 0);
  const left = ends.slice(firstTile).reduce((sum, { first }) => sum + first, 0);
  return moves ? { firstTile, columns: width * granule, step: step * granule, saved: left / before } : undefined;
}

/** The growth that gives these numbers, each at most `most`. */
function growthOf(values: readonly number[], most: number): Growth | undefined {
  const [first = 0, second = first] = values;
  const growth = { first, step: second - first };
  const fits = values.every((value, t) => value === Math.max(0, Math.min(most, first + growth.step * t)));
  return fits ? growth : undefined;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Whether a condition holds in all of a block, in none of it (false), or undefined. */
function truthIn(condition: Condition, rows: Range, columns: Range): boolean | undefined {
  switch (condition.kind) {
    case "atLeast0": {
      const [least, most] = rangeOf(condition.value, rows, columns);
      return least >= 0 ? true : most < 0 ? false : undefined;
    }
    case "not": {
      const of = truthIn(condition.of, rows, columns);
      return of === undefined ? undefined : !of;
    }
    case "and":
    case "or": {
      const [left, right] = [truthIn(condition.left, rows, columns), truthIn(condition.right, rows, columns)];
      const decides = condition.kind === "or";
      if (left === decides || right === decides) return decides;
      return left === undefined || right === undefined ? undefined : !decides;
    }
    default:
      return condition satisfies never;
  }
}

function rangeOf(
  { constant: base, scales }: AffinePosition,
  rows: Range,
  columns: Range,
): [least: number, most: number] {
  let [least, most] = [base, base];
  for (const [axis, range] of [[0, columns] as const, [1, rows] as const]) {
    const scale = scales.get(axis) ?? 0;
    least += Math.min(scale * range.first, scale * range.last);
    most += Math.max(scale * range.first, scale * range.last);
  }
  return [least, most];
}

/** Whether a mask is the same in all tiles of rows, if its columns move along by `step` from tile to tile. */
export function isSameInAllTiles(condition: Condition, tileRows: number, step: number): boolean {
  switch (condition.kind) {
    case "atLeast0": {
      const { scales } = condition.value;
      return (scales.get(1) ?? 0) * tileRows + (scales.get(0) ?? 0) * step === 0;
    }
    case "not":
      return isSameInAllTiles(condition.of, tileRows, step);
    case "and":
    case "or":
      return isSameInAllTiles(condition.left, tileRows, step) && isSameInAllTiles(condition.right, tileRows, step);
    default:
      return condition satisfies never;
  }
}

/** Whether f32 holds all the numbers by which a condition is decided. */
export function isExactInF32(condition: Condition, rows: number, columns: number): boolean {
  switch (condition.kind) {
    case "atLeast0": {
      const [least, most] = rangeOf(condition.value, { first: 0, last: rows }, { first: 0, last: columns });
      return Math.max(-least, most) < 2 ** 24;
    }
    case "not":
      return isExactInF32(condition.of, rows, columns);
    case "and":
    case "or":
      return isExactInF32(condition.left, rows, columns) && isExactInF32(condition.right, rows, columns);
    default:
      return condition satisfies never;
  }
}

/** `first + step * t` as an affine number of columns. */
export function grown({ first, step }: Growth, tile: Affine): Affine {
  return addAffine(constant(first), scaleAffine(tile, step));
}

/** The columns before `growth`, of `columns`. */
export function columnsBefore(growth: Growth, tile: Affine, columns: number): Extent {
  return clampedExtent(columns, grown(growth, tile));
}

export interface MaskTile {
  readonly rows: number;
  readonly columns: number;
  /** The row and the column of its first element. */
  readonly row: Affine;
  readonly column: Affine;
}

/** A tile that is 1 where a condition holds. */
export function emitMask(context: LowerContext, body: Body, condition: Condition, tile: MaskTile): Access {
  switch (condition.kind) {
    case "atLeast0":
      return emitComparison(context, body, condition.value, { ...tile, op: "is_ge" });
    case "not":
      if (condition.of.kind === "atLeast0")
        return emitComparison(context, body, condition.of.value, { ...tile, op: "is_lt" });
      return negated(body, emitMask(context, body, condition.of, tile));
    case "and":
    case "or": {
      const lhs = emitMask(context, body, condition.left, tile);
      const rhs = emitMask(context, body, condition.right, tile);
      const op = condition.kind === "and" ? "logical_and" : "logical_or";
      emitOp(body, "tensor_tensor", { dst: lhs, lhs, rhs }, { op });
      return lhs;
    }
    default:
      return condition satisfies never;
  }
}

function emitComparison(
  context: LowerContext,
  body: Body,
  { constant: base, scales }: AffinePosition,
  { rows, columns, row, column, op }: MaskTile & { readonly op: "is_ge" | "is_lt" },
): Access {
  const [perRow, perColumn] = [scales.get(1) ?? 0, scales.get(0) ?? 0];
  const numbers = maskBuffer(context, body, { name: "position", dtype: "f32", rows, columns });
  const first = addAffine(constant(base), scaleAffine(row, perRow), scaleAffine(column, perColumn));
  emitOp(body, "iota", { dst: numbers }, { partition_step: perRow, step: perColumn }, { base: first });
  const mask = maskBuffer(context, body, { name: "mask", dtype: "bool", rows, columns });
  const attrs = { op0: op, imm0: 0, reverse0: false, op1: null, imm1: null, reverse1: false };
  emitOp(body, "tensor_scalar", { dst: mask, src: numbers }, attrs);
  return mask;
}

function negated(body: Body, mask: Access): Access {
  const attrs = { op0: "is_equal", imm0: 0, reverse0: false, op1: null, imm1: null, reverse1: false } as const;
  emitOp(body, "tensor_scalar", { dst: mask, src: mask }, attrs);
  return mask;
}

interface MaskBuffer {
  readonly name: string;
  readonly dtype: "f32" | "bool";
  readonly rows: number;
  readonly columns: number;
}

function maskBuffer({ builder }: LowerContext, body: Body, { name, dtype, rows, columns }: MaskBuffer): Access {
  const buffer = emitAlloc(builder, body, { name, memory: "sbuf", dtype, shape: [rows, columns], slots: 1 });
  return chipAccess(buffer, { max: rows }, [run({ max: columns })]);
}
