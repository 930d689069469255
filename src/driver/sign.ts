// Which values no executor makes negative, by the ops that make them: a square is never negative, so its root is never NaN,
// however small the square is against its error.

import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Node } from "../../ir-spec/graph.ts";
import { factsOf, isKind } from "../../ir-spec/ops/index.ts";
import type { Measured } from "./measured.ts";

export function isNonnegativeTensor({ data }: Tensor): boolean {
  return data.every((x) => x >= 0);
}

export function isNonnegativeResult(node: Node, operands: readonly Measured[]): boolean {
  const { op, operands: ids } = node;
  const { nonnegative } = factsOf(op);
  if (nonnegative === "always") return true;
  if (op === "mul" && ids[0] === ids[1]) return true;
  if (op === "max") return operands.some(({ isNonnegative }) => isNonnegative);
  if (node.op === "full") return node.attrs.value >= 0;
  if (op === "where") return operands.slice(1).every(({ isNonnegative }) => isNonnegative);
  const isKept = nonnegative === "where operands are" || isKind(op, "movement");
  return isKept && operands.length > 0 && operands.every(({ isNonnegative }) => isNonnegative);
}
