// Which values no executor makes negative, by the ops that make them: a square is never negative, so its root is never NaN,
// however small the square is against its error.

import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Node } from "../../ir-spec/graph.ts";
import { isKind, type OpName } from "../../ir-spec/ops/index.ts";
import type { Measured } from "./measured.ts";

const always: readonly OpName[] = ["abs", "relu", "exp", "sqrt", "rsqrt", "sigmoid"];

/** Results are not negative where no operand is. */
const whereOperandsAre: readonly OpName[] = [
  ...(["add", "mul", "div", "min", "cast", "floor", "reciprocal", "pow", "matmul"] as const),
  ...(["reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod"] as const),
];

export function isNonnegativeTensor({ data }: Tensor): boolean {
  return data.every((x) => x >= 0);
}

export function isNonnegativeResult({ op, operands: ids, attrs }: Node, operands: readonly Measured[]): boolean {
  if (always.includes(op)) return true;
  if (op === "mul" && ids[0] === ids[1]) return true;
  if (op === "max") return operands.some(({ isNonnegative }) => isNonnegative);
  if (op === "full") return Number(attrs.value) >= 0;
  if (op === "where") return operands.slice(1).every(({ isNonnegative }) => isNonnegative);
  const isKept = whereOperandsAre.includes(op) || isKind(op, "movement");
  return isKept && operands.length > 0 && operands.every(({ isNonnegative }) => isNonnegative);
}
