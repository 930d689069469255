// The softmax row.

import type { ValueId } from "../base/ids.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { sizeBetween } from "./loops.ts";
import { checkDtype, floatDtypes } from "./shape-rules.ts";
import { castLike, widen } from "./widening.ts";

/** Softmax of f32 values along an axis, in simpler ops. */
export function expandSoftmax(b: Expander, wide: ValueId, axis: number): ValueId {
  const axes = [axis];
  const largest = b.op("reduce_max", [wide], { axes });
  const exponentials = b.op("exp", [b.op("sub", [wide, largest])]);
  const sum = b.op("reduce_sum", [exponentials], { axes });
  // One reciprocal for each row: the sum is at least 1, and what the product errs is far below the noise of the exponentials.
  return b.op("mul", [exponentials, b.op("reciprocal", [sum])]);
}

/** Writes the softmax of `count` values, `stride` apart from `start`, to the same places of `to`. */
function softmaxLine(from: Float64Array, to: Float64Array, start: number, stride: number, count: number): void {
  const end = start + count * stride;
  let largest = Number.NEGATIVE_INFINITY;
  for (let position = start; position < end; position += stride) largest = Math.max(largest, from[position]!);
  let sum = 0;
  for (let position = start; position < end; position += stride) sum += Math.exp(from[position]! - largest);
  for (let position = start; position < end; position += stride) {
    to[position] = Math.exp(from[position]! - largest) / sum;
  }
}

export const softmaxOps = {
  softmax: defineOp({
    kind: "composite",
    summary: "exponentials that sum to 1 along an axis",
    detail:
      "`e^(x - m) / sum of e^(x - m)`, with `m` the largest element along `axis`; taking `m` off changes nothing but keeps the exponentials in range. Where every element is `-inf`, the result is NaN.",
    source: "ONNX Softmax-13",
    operands: ["x"],
    attrs: { axis: { kind: "axis", default: -1, summary: "axis along which the result sums to 1" } },
    infer: ([x]) => {
      const wrong = checkDtype("x", x, floatDtypes);
      return wrong ? fail(wrong) : ok([x]);
    },
    eval: ([{ data, shape }], { axis }, [output]) => {
      const count = shape[axis] as number;
      const stride = sizeBetween(shape, axis + 1, shape.length);
      for (let block = 0; block < data.length; block += count * stride) {
        for (let inner = 0; inner < stride; inner++) {
          softmaxLine(data, output.data, block + inner, stride, count);
        }
      }
    },
    // max, subtraction, exponential, sum, division
    flops: ([x]) => 5 * elementCount(x.shape),
    expand: (b, [x], { axis }) => [castLike(b, expandSoftmax(b, widen(b, x), axis), x)],
    example: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  y = softmax(x, axis=-1)
}`,
  }),
};
