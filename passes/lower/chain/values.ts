// What the row-wise nodes of a segment see of the chain's values: a piece of their columns, or all of them.

import { type Affine, addAffine, scaleAffine } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { TileRun } from "../compute-nodes.ts";
import type { TileScope, TileValue } from "../tile-values.ts";
import { columnsOf } from "./contracted.ts";
import { type Chain, type ChainLevel, offsetAt, type Piece, withRows } from "./level.ts";
import type { PlannedSegment } from "./plan.ts";

/** What a piece of the columns sees of a value. */
export function inPiece(
  value: TileValue,
  { level, piece }: { readonly level: ChainLevel; readonly piece: Omit<Piece, "body"> },
): TileValue {
  if (value.kind === "number") return value;
  const access = withRows(value.access, level.rows);
  return value.kind === "column"
    ? { ...value, access }
    : { ...value, access: columnsOf(access, piece.at, piece.columns) };
}

/** Whether another segment reads a value. */
function isReadLater({ plan }: Chain, segment: PlannedSegment, value: ValueId): boolean {
  return plan.segments.some(
    (other) =>
      other.at !== segment.at &&
      [...other.pieceNodes, ...other.rowNodes].some(({ operands }) => operands.includes(value)),
  );
}

interface RunPlace {
  readonly level: ChainLevel;
  readonly scope: TileScope;
  readonly values: Map<ValueId, TileValue>;
  readonly destinationOf: TileRun["destinationOf"];
  /** The first column. */
  readonly at: Affine;
}

export function tileRun(
  chain: Chain,
  segment: PlannedSegment,
  { level, scope, values, destinationOf, at }: RunPlace,
): TileRun {
  const stored = new Set([...segment.held, ...segment.contracted, ...segment.stores.map(({ value }) => value)]);
  return {
    context: chain.context,
    scope,
    values,
    destinationOf,
    isStored: (value) => stored.has(value) || isReadLater(chain, segment, value),
    iotaOf: (value) => {
      const iota = segment.iotas.find((candidate) => candidate.value === value);
      invariant(iota !== undefined, "an iota of the segment");
      const column = addAffine(at, level.column);
      const base = addAffine(offsetAt({ offset: 0, rows: iota.rows }, level), scaleAffine(column, iota.step));
      return { base, partitionStep: iota.rows.at(-1) as number, columns: [{ size: segment.columns, step: iota.step }] };
    },
    reducedCount: segment.rowColumns,
  };
}
