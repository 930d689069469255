// Rows in pieces whose operands stay on chip: what several passes over the pieces read is loaded by the first of them, piece by piece, into
// a place for the whole row.

import type { Affine } from "../../../ir-spec/affine.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { chipAccess, emitAlloc, run } from "../program-builder.ts";
import type { TileScope, TileValue } from "../tile-values.ts";
import type { Phase } from "./phases.ts";
import type { StridedOperand, TiledRows } from "./plan.ts";
import { emitLoad, isWide, type NestLevel, type TransferNest } from "./transfers.ts";

/** Places of whole rows, and what is in them so far. */
export interface KeptRows {
  readonly places: ReadonlyMap<ValueId, Access>;
  readonly loaded: Set<ValueId>;
  /** How often an operand is loaded. */
  readonly passes: number;
}

/** Places for the operands that more than one phase reads, if the schedule says so; what repeats along a row is loaded as it is. */
export function makeKeptRows(
  scope: TileScope,
  { plan, schedule }: Pick<TransferNest, "plan" | "schedule">,
  phases: readonly Phase[],
): KeptRows {
  const uses = ({ value }: StridedOperand): number =>
    phases.filter(({ nodes }) => nodes.some(({ operands }) => operands.includes(value))).length;
  const isKept = (load: StridedOperand): boolean =>
    isWide(load, plan) && !load.strides.slice(plan.batch.length + 1).includes(0) && uses(load) > 1;
  const kept = schedule.keep_rows ? plan.loads.filter(isKept) : [];
  const count = elementCount(plan.columns);
  const placeOf = ({ view }: StridedOperand): Access => {
    const { name, dtype } = scope.builder.bufferInfo(view.buffer);
    const shape = [scope.rows.max, count];
    const buffer = emitAlloc(scope.builder, scope.body, { name, memory: "sbuf", dtype, shape, slots: scope.slots });
    return chipAccess(buffer, scope.rows, [run({ max: count })]);
  };
  const passes = kept.length > 0 ? 1 : phases.filter(({ nodes }) => nodes.length > 0).length;
  return { places: new Map(kept.map((load) => [load.value, placeOf(load)])), loaded: new Set(), passes };
}

/** A piece of an operand: loaded, or where an earlier phase has loaded it. `at`: its first element in the row. */
export function emitPieceLoad(
  scope: TileScope,
  nest: TransferNest & { readonly kept: KeptRows },
  load: StridedOperand,
  level: NestLevel & { readonly at: Affine },
): TileValue {
  const { places, loaded } = nest.kept;
  const place = places.get(load.value);
  if (place === undefined) return emitLoad(scope, nest, load, level);
  const piece: Access = { ...place, partition: { ...place.partition, size: level.rows }, offset: level.at };
  const access = { ...piece, dims: [run(level.columns)] };
  if (loaded.has(load.value)) return { kind: "tile", access };
  return emitLoad(scope, { ...nest, places: new Map([[load.value, access]]) }, load, level);
}

/** The kernel with one piece of the rows, of several dimensions some indices of the first one; `step`: how many of those. */
export function planOfPiece(
  plan: TiledRows,
  piece: number,
  { passes }: KeptRows,
): { readonly plan: TiledRows; readonly step: number } {
  const [, ...inner] = plan.columns;
  const step = piece / elementCount(inner);
  const columns = inner.length === 0 ? plan.columns : [step, ...inner];
  return { plan: { ...plan, columns, passes }, step };
}
