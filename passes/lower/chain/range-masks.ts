// Masks that hide all columns but a range, whose ends move along with the rows, such as causal masks and windows. Machines that select by a
// range of indices mask a product and find its rows' largest elements as it leaves PSUM, at the price of the largest alone.
//
//     (start + column) compare bound[row]       bound: one number for each partition, the same for all tiles of rows; `start` has the rest

import { type Affine, addAffine, constant, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { typeOf } from "../../../ir-spec/graph.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import type { Condition } from "../../analysis/positions.ts";
import { type Body, chipAccess, emitAlloc, emitOp, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import type { ColumnMask } from "./masks.ts";
import type { ChainPlan, PlannedSegment } from "./plan.ts";

/** `column compare (constant + perRow * row)` */
interface ColumnBound {
  readonly compare: "is_ge" | "is_gt" | "is_le" | "is_lt";
  readonly constant: number;
  readonly perRow: number;
}

/** Columns that two comparisons let through; one that says all is there twice. */
export interface ColumnRange {
  readonly bounds: readonly [ColumnBound, ColumnBound];
}

/** The range of a mask, where the machine can select by it as the product leaves PSUM, and what comes out is what the mask says. */
export function rangeOfMask(
  { machine, graph }: LowerContext,
  plan: ChainPlan,
  segment: PlannedSegment,
  mask: ColumnMask,
): ColumnRange | undefined {
  if (machine.dveRangeSelect === 0 || mask.constant !== Number.NEGATIVE_INFINITY) return undefined;
  // The least finite f32 is -inf in the two bytes of what is kept.
  const isNarrow = dtypeBytes((plan.graph.values[mask.result]?.type ?? typeOf(graph, mask.result)).dtype) === 2;
  const [reduction, ...others] = segment.reductions.filter(({ product }) => product === mask.result);
  const isRead = segment.pieceNodes.some(({ operands }) => operands.includes(mask.result));
  if (!isNarrow || reduction?.op !== "max" || others.length > 0 || isRead) return undefined;
  const bounds = boundsOf(mask.visible);
  const [first, second = first, ...more] = bounds ?? [];
  if (first === undefined || second === undefined || more.length > 0 || first.perRow !== second.perRow)
    return undefined;
  // A row that sees nothing has a largest element of -inf, which the instruction does not say.
  return areAllRowsSeen([first, second], plan.rows, segment.columns) ? { bounds: [first, second] } : undefined;
}

/** The comparisons that hold where a condition does; undefined where it is not that. */
function boundsOf(condition: Condition, isNegated = false): readonly ColumnBound[] | undefined {
  switch (condition.kind) {
    case "atLeast0": {
      const { constant: base, scales } = condition.value;
      const perColumn = scales.get(0) ?? 0;
      if (Math.abs(perColumn) !== 1) return undefined;
      const compare = perColumn < 0 ? (isNegated ? "is_gt" : "is_le") : isNegated ? "is_lt" : "is_ge";
      // c + s column + r row >= 0: column <= c + r row where s = -1, column >= -c - r row where s = 1
      return [{ compare, constant: -perColumn * base, perRow: -perColumn * (scales.get(1) ?? 0) }];
    }
    case "not":
      return boundsOf(condition.of, !isNegated);
    case "and":
    case "or": {
      if ((condition.kind === "and") === isNegated) return undefined;
      const [left, right] = [boundsOf(condition.left, isNegated), boundsOf(condition.right, isNegated)];
      return left === undefined || right === undefined ? undefined : [...left, ...right];
    }
    default:
      return condition satisfies never;
  }
}

/** Whether every row has a column that both let through: what they leave moves evenly, so the first and the last row tell. */
function areAllRowsSeen(bounds: readonly ColumnBound[], rows: number, columns: number): boolean {
  return [0, rows - 1].every((row) => {
    let [least, most] = [0, columns - 1];
    for (const { compare, constant: base, perRow } of bounds) {
      const bound = base + perRow * row;
      if (compare === "is_ge" || compare === "is_gt") least = Math.max(least, compare === "is_ge" ? bound : bound + 1);
      else most = Math.min(most, compare === "is_le" ? bound : bound - 1);
    }
    return least <= most;
  });
}

export type BoundColumns = readonly [Access, Access];

/** Makes the bounds of the rows of a tile. */
export function emitBounds(context: LowerContext, body: Body, { bounds }: ColumnRange, rows: number): BoundColumns {
  const [first, second] = bounds;
  const column = ({ constant: base, perRow }: ColumnBound): Access => {
    const shape = [rows, 1];
    const buffer = emitAlloc(context.builder, body, { name: "bound", memory: "sbuf", dtype: "f32", shape, slots: 1 });
    const dst = chipAccess(buffer, { max: rows }, [run({ max: 1 })]);
    emitOp(body, "iota", { dst }, { partition_step: perRow, step: 0 }, { base: constant(base) });
    return dst;
  };
  const low = column(first);
  return [low, second.constant === first.constant ? low : column(second)];
}

interface RangeEviction {
  readonly dst: Access;
  readonly maximum: Access;
  readonly src: Access;
  readonly bounds: BoundColumns;
  /** The first column, and the first row. */
  readonly column: Affine;
  readonly row: Affine;
}

/** A piece of a product leaves PSUM masked, and with the largest elements of its rows. */
export function evictRange(
  body: Body,
  { bounds: [first, second] }: ColumnRange,
  { dst, maximum, src, bounds, column, row }: RangeEviction,
): void {
  const rows = src.partition.size;
  const [bound0, bound1] = bounds.map((access) => ({ ...access, partition: { ...access.partition, size: rows } }));
  emitOp(
    body,
    "range_select",
    { dst, maximum, src, bound0: bound0 as Access, bound1: bound1 as Access },
    { compare0: first.compare, compare1: second.compare },
    { base: addAffine(column, scaleAffine(row, -first.perRow)) },
  );
}
