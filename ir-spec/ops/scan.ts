// Running sums and products along an axis.

import type { ValueId } from "../base/ids.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, type Tensor } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { sizeBetween } from "./loops.ts";
import { checkDtype, numberDtypes } from "./shape-rules.ts";
import { castLike, widen } from "./widening.ts";

interface ScanAttrs {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

interface Combining {
  readonly start: number;
  readonly combine: (x: number, y: number) => number;
}

function evalScan(
  { data, shape, dtype }: Tensor,
  { axis, exclusive, reverse }: ScanAttrs,
  y: Tensor,
  { start, combine }: Combining,
): void {
  const count = shape[axis] as number;
  const stride = sizeBetween(shape, axis + 1, shape.length);
  const step = (x: number, element: number): number =>
    dtype === "i32" ? combine(x, element) | 0 : combine(x, element);
  for (let row = 0; row < data.length / count; row++) {
    const inner = row % stride;
    const first = (row - inner) * count + inner;
    let combined = start;
    for (let index = 0; index < count; index++) {
      const position = first + (reverse ? count - 1 - index : index) * stride;
      const next = step(combined, data[position]!);
      y.data[position] = exclusive ? combined : next;
      combined = next;
    }
  }
}

/** The elements of an axis moved by `by` places, away from its start or towards it, with `value` after them. */
function shifted(b: Expander, x: ValueId, { axis, by, value, isBackward }: Shift): ValueId {
  const { shape, dtype } = b.typeOf(x);
  const size = shape[axis] as number;
  const filling = b.op("full", [], { value, shape: shape.with(axis, Math.min(by, size)), dtype });
  if (by >= size) return filling;
  const [start, end] = isBackward ? [by, size] : [0, size - by];
  const kept = b.op("slice", [x], { starts: [start], ends: [end], axes: [axis] });
  return b.op("concat", isBackward ? [kept, filling] : [filling, kept], { axis });
}

interface Shift {
  readonly axis: number;
  readonly by: number;
  readonly value: number;
  readonly isBackward: boolean;
}

interface Doubling {
  readonly op: string;
  readonly start: number;
}

/**
 * Each element with the one 1, 2, 4, ... places before it. Source: W. D. Hillis, G. L. Steele, "Data parallel algorithms", Commun. ACM 29
 * (1986).
 */
function expandByDoubling(
  b: Expander,
  x: ValueId,
  { axis, exclusive, reverse }: ScanAttrs,
  { op, start }: Doubling,
): ValueId {
  const size = b.typeOf(x).shape[axis] as number;
  const shift = (value: ValueId, by: number): ValueId =>
    shifted(b, value, { axis, by, value: start, isBackward: reverse });
  let combined = exclusive ? shift(x, 1) : x;
  for (let by = 1; by < size; by *= 2) combined = b.op(op, [combined, shift(combined, by)]);
  return combined;
}

const attrs = {
  axis: { kind: "axis", default: 0, summary: "axis to go along" },
  exclusive: { kind: "bool", default: false, summary: "whether an element is left out of its own result" },
  reverse: { kind: "bool", default: false, summary: "whether to start at the end" },
} as const;

/** In f32 where x is a float; integers stay as they are. */
function expandScan(b: Expander, x: ValueId, given: ScanAttrs, how: Doubling): ValueId {
  const wide = b.typeOf(x).dtype === "i32" ? x : widen(b, x);
  return castLike(b, expandByDoubling(b, wide, given, how), x);
}

export const scanOps = {
  cumsum: defineOp({
    kind: "composite",
    facts: { mayBeExact: true, nonnegative: "where operands are" },
    summary: "running sum along an axis",
    detail:
      "Each element is the sum of those up to it along `axis`, or, with `exclusive`, of those before it; with `reverse` of those from it on, or after it. `x` is f32, bf16, f16, i32; the sum of floats is f32.",
    source: "ONNX CumSum-14, with the axis as an attribute",
    operands: ["x"],
    attrs,
    infer: ([x]) => {
      const wrong = checkDtype("x", x, numberDtypes);
      return wrong ? fail(wrong) : ok([x]);
    },
    eval: ([x], given, [y]) => evalScan(x, given, y, { start: 0, combine: (sum, element) => sum + element }),
    flops: ([x]) => elementCount(x.shape),
    expand: (b, [x], given) => [expandScan(b, x, given, { op: "add", start: 0 })],
    example: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  y = cumsum(x, axis=1)
}`,
  }),
  cumprod: defineOp({
    kind: "composite",
    facts: { mayBeExact: true, nonnegative: "where operands are" },
    summary: "running product along an axis",
    detail: "As `cumsum`, with products; the empty one is 1.",
    source: "ONNX CumProd-26, with the axis as an attribute",
    operands: ["x"],
    attrs,
    infer: ([x]) => {
      const wrong = checkDtype("x", x, numberDtypes);
      return wrong ? fail(wrong) : ok([x]);
    },
    eval: ([x], given, [y]) => {
      const combine = x.dtype === "i32" ? Math.imul : (product: number, element: number) => product * element;
      evalScan(x, given, y, { start: 1, combine });
    },
    flops: ([x]) => elementCount(x.shape),
    expand: (b, [x], given) => [expandScan(b, x, given, { op: "mul", start: 1 })],
    example: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  y = cumprod(x, axis=1)
}`,
  }),
};
