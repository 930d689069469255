// Known masks that positions alone decide on, such as the causal one: they are written as what they are instead of as their elements.

import { type Dtype, dtypes, isFloat } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import type { TensorType } from "../../ir-spec/base/tensor.ts";
import { type GraphBuilder, makeExpander } from "../../ir-spec/graph-builder.ts";

/** Elements of a mask [1, ..., 1, rows, columns]: `seen` where column j <= row i + `past`, else `hidden`. */
export interface PositionMask {
  readonly past: number;
  readonly seen: number;
  readonly hidden: number;
}

/** Assumed: masks of longer sequences are computed by the model. */
const maxElements = 2 ** 22;

/** Whether a tensor may be such a mask, by its type alone. */
export function mayBeMask({ dtype, shape }: TensorType): boolean {
  const [rows = 1, columns = 1] = shape.slice(-2);
  const isMatrix = shape.length >= 2 && shape.slice(0, -2).every((size) => size === 1) && columns >= 2;
  return (dtype === "bool" || isFloat(dtype)) && isMatrix && rows * columns <= maxElements;
}

/** The mask that the elements are; undefined where they are none. Of floats only what is added to scores is one. */
export function findPositionMask({ dtype, shape }: TensorType, data: Float64Array): PositionMask | undefined {
  const [rows = 1, columns = 1] = shape.slice(-2);
  const seen = data[0] as number;
  const past = data.subarray(0, columns).findIndex((x) => !Object.is(x, seen)) - 1;
  const hidden = data[past + 1] as number;
  if (past < 0 || rows < 2 || (dtype !== "bool" && !(Object.is(seen, 0) && hides(hidden, dtype)))) return undefined;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (!Object.is(data[row * columns + column], column <= row + past ? seen : hidden)) return undefined;
  return { past, seen, hidden };
}

/** Whether a score with this number added is one that a softmax gives no weight. */
function hides(number: number, dtype: Dtype): boolean {
  return number <= dtypes[dtype].minFinite / 2;
}

/** Writes the mask as a comparison of indices, under a name where it has one. */
export function writePositionMask(
  builder: GraphBuilder,
  { dtype, shape }: TensorType,
  { past, seen, hidden }: PositionMask,
  name: string | undefined,
): ValueId {
  const [b, named] = [makeExpander(builder), makeExpander(builder, { names: [name] })];
  const [rows = 1, columns = 1] = shape.slice(-2);
  const row = b.op("iota", [], { shape: [rows, 1], axis: 0, dtype: "i32" });
  const column = b.op("iota", [], { shape: [1, columns], axis: 1, dtype: "i32" });
  const last = past === 0 ? row : b.op("add", [row, b.scalar(past, row)]);
  const [isFlat, isBool] = [shape.length === 2, dtype === "bool"];
  const compared = isBool && isFlat ? named : b;
  const isSeen = compared.op(isBool && seen === 0 ? "greater" : "less_or_equal", [column, last]);
  const number = (value: number): ValueId => b.op("full", [], { value, shape: [], dtype });
  const flat = isBool ? isSeen : (isFlat ? named : b).op("where", [isSeen, number(seen), number(hidden)]);
  return isFlat ? flat : named.op("reshape", [flat], { shape });
}
