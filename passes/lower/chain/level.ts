// What the parts of a chain's lowering share: what is on chip, and the place in the loops over batch dimensions and rows.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import type { Access, TileStatement } from "../../../ir-spec/tile.ts";
import { type Body, hbmAccess, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import type { Strides } from "../space.ts";
import type { TileScope, TileValue } from "../tile-values.ts";
import type { ContractedOperand } from "./contracted.ts";
import type { Dealt } from "./dealt.ts";
import type { ChainSchedule } from "./fields.ts";
import type { RowBlocks } from "./find-blocks.ts";
import type { ColumnMask, MaskShape, MovingWindow } from "./masks.ts";
import type { ChainPlan, RightOperand, RowTensor } from "./plan.ts";
import type { BoundColumns, ColumnRange } from "./range-masks.ts";

/** What is on chip while the chain is emitted. */
export interface Chain {
  readonly context: LowerContext;
  readonly plan: ChainPlan;
  readonly schedule: ChainSchedule;
  readonly tileRows: number;
  /** Tiles of rows that are side by side. */
  readonly group: number;
  /** Bodies of which more is done once tiles are side by side in them; grows. */
  readonly unfinished: Set<readonly TileStatement[]>;
  readonly dealt: Dealt;
  /** Rows and columns, as wide as their segment. */
  readonly values: Map<ValueId, TileValue>;
  readonly masks: ReadonlyMap<ValueId, PlacedMask>;
  /** Masks on chip, and what hidden elements are, by masked value. */
  readonly maskTiles: Map<ValueId, MaskTiles>;
  /** Bounds of ranges on chip, by masked value. */
  readonly bounds: Map<ValueId, BoundColumns>;
  /** The tiles of rows that are computed, and the window of columns that they see where each sees a whole one. */
  readonly tiles: { readonly first: number; readonly end: number; readonly window?: PlannedWindow };
  /** The columns that come in blocks, where they do. */
  readonly blocks: PlannedBlocks | undefined;
  /** Operands of products: left ones by the value that is contracted, right ones by what they are. */
  readonly operands: Map<ValueId | RightOperand, ContractedOperand>;
}

/** A window, and the segment whose columns it is about. */
export interface PlannedWindow extends MovingWindow {
  readonly segment: number;
}

/** A place in the loops over batch dimensions and rows. */
export interface ChainLevel {
  readonly body: Body;
  /** The body that the innermost loop is in; the same one where there is none. */
  readonly outer: Body;
  /** Loops around it. */
  readonly depth: number;
  /** The first index along each dimension. */
  readonly base: readonly Affine[];
  /** The number of the tile of rows. */
  readonly tile: Affine;
  /** The first of the columns that come in blocks. */
  readonly column: Affine;
  readonly rows: Extent;
}

export interface PlannedBlocks extends RowBlocks {
  /** Columns of a block; the last one may have fewer. */
  readonly width: number;
}

/** A mask once the tiles of rows are known. */
export interface PlacedMask {
  readonly mask: ColumnMask;
  /** Which columns each tile sees; undefined where all are computed and any may be masked. */
  readonly shape: MaskShape | undefined;
  /** The width of the masked columns where one mask serves all tiles. */
  readonly band: number | undefined;
  readonly columns: number;
  /** The columns that are visible, where the product is masked as it leaves PSUM. */
  readonly range: ColumnRange | undefined;
}

export interface MaskTiles {
  readonly mask: Access;
  /** One element of each row: what hidden elements are. */
  readonly number: Access;
}

/** A tile of the columns of a segment. */
export interface Piece {
  readonly body: Body;
  readonly at: Affine;
  readonly columns: Extent;
}

/** The offset of a tensor's first element at a level. */
export function offsetAt(tensor: { readonly offset: number; readonly rows: Strides }, { base }: ChainLevel): Affine {
  return addAffine(
    constant(tensor.offset),
    ...base.map((index, dim) => scaleAffine(index, tensor.rows[dim] as number)),
  );
}

export function scopeOf({ context, schedule }: Chain, { body, rows }: ChainLevel, columns: Extent): TileScope {
  return { builder: context.builder, body, rows, columns, slots: schedule.slots_mid };
}

/** Rows of a tensor in HBM, `columns` elements each: those of the block, where they come in blocks. */
export function rowsInHbm(tensor: RowTensor, level: ChainLevel, columns: Extent): Access {
  const rows = { stride: tensor.rows.at(-1) as number, size: level.rows };
  const offset = addAffine(offsetAt(tensor, level), scaleAffine(level.column, tensor.columns));
  return hbmAccess(tensor.buffer, offset, rows, [
    tensor.columns === 1 || columns.max === 1 ? run(columns) : { stride: tensor.columns, size: columns },
  ]);
}

/** An access with the rows that a tile has. */
export function withRows(access: Access, rows: Extent): Access {
  return { ...access, partition: { ...access.partition, size: rows } };
}

/** A value of the graph that the chain makes: its name for buffers, and its dtype. */
export function namedValue({ context }: Chain, value: ValueId) {
  const info = context.graph.values[value];
  invariant(info !== undefined, "a value of the chain");
  return { name: info.name ?? "t", dtype: typeOf(context.graph, value).dtype };
}

/** The chain with its values so far; what is added stays in one tile of rows, or one block of columns. */
export function withOwnValues(chain: Chain): Chain {
  const { values, operands, maskTiles } = chain;
  return { ...chain, values: new Map(values), operands: new Map(operands), maskTiles: new Map(maskTiles) };
}
