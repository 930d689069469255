// Reductions as the rules of `recognize` meet them: with their axes kept, or dropped and put back by reshapes and broadcasts.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount, type Shape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";
import { isNear, type Matching, withoutReshapes } from "./matching.ts";

export interface Reduced {
  readonly x: ValueId;
  /** Ascending. */
  readonly axes: readonly number[];
}

type Reduce = "reduce_max" | "reduce_sum" | "reduce_mean";

/** The reduction that a value is, where it meets its operand again as if its axes had been kept. */
export function reducedBy(value: ValueId, op: Reduce, from: Matching): Reduced | undefined {
  const spread = from.through(value, "broadcast_to");
  const base = spread?.operands[0] ?? value;
  const found = bareReduction(withoutReshapes(base, from), op, from);
  if (found === undefined) return undefined;
  const { shape } = from.typeOf(found.x);
  const kept = shape.map((size, axis) => (found.axes.includes(axis) ? 1 : size));
  const isSpread = spread === undefined || shapesEqual(from.typeOf(value).shape, shape);
  return isSpread && shapesEqual(padded(from.typeOf(base).shape, shape.length), kept) ? found : undefined;
}

/** A shape as it broadcasts to so many dimensions. */
function padded(shape: Shape, rank: number): Shape {
  return [...new Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
}

function bareReduction(value: ValueId, op: Reduce, from: Matching): Reduced | undefined {
  const node = from.through(value, op);
  if (node !== undefined) {
    const x = node.operands[0] as ValueId;
    return { x, axes: reducedAxes(node.attrs.axes, from.typeOf(x).shape.length) };
  }
  if (op === "reduce_max") return withoutFloor(value, from);
  return op === "reduce_mean" ? meanOfSum(value, from) : undefined;
}

/** max(y, -inf) is y. */
function withoutFloor(value: ValueId, from: Matching): Reduced | undefined {
  const [left, right] = from.through(value, "max")?.operands ?? [];
  if (left === undefined || right === undefined) return undefined;
  const isFloor = (operand: ValueId): boolean => from.numberOf(operand) === Number.NEGATIVE_INFINITY;
  const inner = isFloor(right) ? left : isFloor(left) ? right : undefined;
  return inner === undefined ? undefined : bareReduction(withoutReshapes(inner, from), "reduce_max", from);
}

/** A sum over the number of its elements. */
function meanOfSum(value: ValueId, from: Matching): Reduced | undefined {
  const node = from.through(value, "div", "mul");
  const [left, right] = node?.operands ?? [];
  const number = right === undefined ? undefined : from.numberOf(right);
  if (node === undefined || left === undefined || number === undefined) return undefined;
  const sum = bareReduction(withoutReshapes(left, from), "reduce_sum", from);
  if (sum === undefined) return undefined;
  const type = from.typeOf(sum.x);
  const count = elementCount(sum.axes.map((axis) => type.shape[axis] as number));
  return isNear(node.op === "div" ? number : 1 / number, count, type) ? sum : undefined;
}

/** What a value is the square of. */
export function squareOf(value: ValueId, from: Matching): ValueId | undefined {
  const node = from.through(value, "mul", "pow");
  const [left, right] = node?.operands ?? [];
  if (node === undefined || left === undefined || right === undefined) return undefined;
  const isSquare = node.op === "mul" ? from.isSame(left, right) : from.numberOf(right) === 2;
  return isSquare ? left : undefined;
}
