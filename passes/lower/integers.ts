// Integers beyond 2^24. Only the general engine computes them exactly, and only where all operands are i32; everything
// else goes through f32. So comparisons, whose result is a bool, and reductions, which that engine does not have, consist of
// exact steps.

import { addAffine, constant } from "../../ir-spec/affine.ts";
import type { Access } from "../../ir-spec/tile.ts";
import type { AluOp } from "../../ir-spec/tile-ops/alu.ts";
import { emitOp, run } from "./program-builder.ts";
import {
  type Destination,
  emitAlu,
  freshColumn,
  freshTile,
  stretched,
  type TileScope,
  type TileValue,
} from "./tile-values.ts";

type Compared = "x" | "y";

/** `x < y` where `max(x, y) - x` is not 0: which operand is subtracted, and how 0 is asked for. */
const comparisons = {
  is_equal: { from: "x", minus: "y", op: "is_equal" },
  not_equal: { from: "x", minus: "y", op: "not_equal" },
  is_lt: { from: "max", minus: "x", op: "not_equal" },
  is_gt: { from: "max", minus: "y", op: "not_equal" },
  is_le: { from: "max", minus: "y", op: "is_equal" },
  is_ge: { from: "max", minus: "x", op: "is_equal" },
} as const satisfies Readonly<Record<string, { from: Compared | "max"; minus: Compared; op: AluOp }>>;

export type Comparison = keyof typeof comparisons;

/** Compares i32 values: a difference is 0 or not even where it wraps around, and f32 keeps that. */
export function emitIntegerComparison(
  scope: TileScope,
  comparison: Comparison,
  operands: { readonly x: TileValue; readonly y: TileValue },
  to: Destination,
): TileValue {
  const { from, minus, op } = comparisons[comparison];
  const { x, y } = operands;
  const between = (name: string): Destination => ({ name, dtype: "i32" });
  const first = from === "max" ? emitAlu(scope, "max", x, y, between("larger")) : operands[from];
  const difference = emitAlu(scope, "subtract", first, operands[minus], between("difference"));
  return emitAlu(scope, op, difference, { kind: "number", value: 0 }, to);
}

/** Reduces the rows of an i32 tile: the last columns onto the first ones, half of them at a time. All columns must be there. */
export function emitIntegerReduce(
  scope: TileScope,
  op: AluOp,
  x: TileValue & { access: Access },
  name: string,
): TileValue {
  const tile = freshTile(scope, "fold", "i32");
  emitOp(scope.body, "tensor_copy", { dst: tile, src: stretched(scope, x, "tile") });
  const part = (first: number, size: number): Access => ({
    ...tile,
    offset: addAffine(tile.offset, constant(first)),
    dims: [run({ max: size })],
  });
  for (let left = scope.columns.max; left > 1; ) {
    const half = left >> 1;
    const operands = { dst: part(0, half), lhs: part(0, half), rhs: part(left - half, half) };
    emitOp(scope.body, "tensor_tensor", operands, { op }, { engine: "pool" });
    left -= half;
  }
  const access = freshColumn(scope, name, "i32");
  emitOp(scope.body, "tensor_copy", { dst: access, src: part(0, 1) });
  return { kind: "column", access };
}
