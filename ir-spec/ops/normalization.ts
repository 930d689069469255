// Layer and RMS normalization.

import type { Problem } from "../base/result.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, type TensorType } from "../base/tensor.ts";
import { defineOp } from "./define.ts";
import { sizeBetween } from "./loops.ts";
import { checkDtype, checkSameDtype, checkShape, floatDtypes } from "./shape-rules.ts";
import { castLike, widen } from "./widening.ts";

const attrs = {
  axis: { kind: "axis", default: -1, summary: "first of the axes that are normalized; the rest follow to the last" },
  epsilon: { kind: "float", default: 1e-5, summary: "added to the mean square, so that it is never 0" },
} as const;

/** Checks `x` and the operands that have the shape of its normalized axes. */
function checkOperands(
  x: TensorType,
  others: Readonly<Record<string, TensorType | undefined>>,
  axis: number,
): Problem | undefined {
  const wrong = checkDtype("x", x, floatDtypes);
  if (wrong) return wrong;
  const normalized = x.shape.slice(axis);
  for (const [name, type] of Object.entries(others)) {
    if (type === undefined) continue;
    const misfits = checkSameDtype(x, type) ?? checkShape(name, type.shape, normalized);
    if (misfits) return misfits;
  }
  return undefined;
}

/** The axes from `axis` to the last. */
function normalizedAxes(axis: number, rank: number): readonly number[] {
  return [...new Array(rank).keys()].slice(axis);
}

/** Normalizes each row of `width` elements: (row - mean) / sqrt(mean of (row - mean)^2 + epsilon). */
function normalizeRows(
  x: Float64Array,
  y: Float64Array,
  width: number,
  options: { readonly epsilon: number; readonly meanOf: (row: Float64Array) => number },
): void {
  for (let start = 0; start < x.length; start += width) {
    const row = x.subarray(start, start + width);
    const mean = options.meanOf(row);
    let squares = 0;
    for (const value of row) squares += (value - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / width + options.epsilon);
    for (let column = 0; column < width; column++) y[start + column] = (row[column]! - mean) * factor;
  }
}

function meanOf(row: Float64Array): number {
  let sum = 0;
  for (const value of row) sum += value;
  return sum / row.length;
}

/** Scales each row of `y` and adds the bias, where there is one. */
function scaleRows(y: Float64Array, scale: Float64Array, bias: Float64Array | undefined): void {
  for (let position = 0; position < y.length; position++) {
    const column = position % scale.length;
    y[position] = y[position]! * scale[column]! + (bias === undefined ? 0 : bias[column]!);
  }
}

export const normalizationOps = {
  layer_normalization: defineOp({
    kind: "composite",
    summary: "rows with mean 0 and variance 1, scaled and shifted",
    detail:
      "`(x - mean) / sqrt(variance + epsilon) * scale + bias`, with the mean and the (biased) variance over the axes from `axis` to the last. `scale` and `bias` have the shape of those axes and the dtype of `x`. The inner steps of a bf16 or f16 call are f32, and the result is rounded once.",
    source: "ONNX LayerNormalization-17; unlike it, scale and bias are applied before the result is rounded",
    operands: ["x", "scale", "bias?"],
    attrs,
    infer: ([x, scale, bias], { axis }) => {
      const wrong = checkOperands(x, { scale, bias }, axis);
      return wrong ? fail(wrong) : ok([x]);
    },
    eval: ([x, scale, bias], { axis, epsilon }, [y]) => {
      const width = sizeBetween(x.shape, axis, x.shape.length);
      normalizeRows(x.data, y.data, width, { epsilon, meanOf });
      scaleRows(y.data, scale.data, bias?.data);
    },
    // mean, difference, square, sum, factor, scale, bias
    flops: ([x]) => 8 * elementCount(x.shape),
    expand: (b, [x, scale, bias], { axis, epsilon }) => {
      const wide = widen(b, x);
      const axes = normalizedAxes(axis, b.typeOf(x).shape.length);
      const centered = b.op("sub", [wide, b.op("reduce_mean", [wide], { axes })]);
      const variance = b.op("reduce_mean", [b.op("mul", [centered, centered])], { axes });
      const factor = b.op("rsqrt", [b.op("add", [variance, b.scalar(epsilon, wide)])]);
      const scaled = b.op("mul", [b.op("mul", [centered, factor]), widen(b, scale)]);
      return [castLike(b, bias === undefined ? scaled : b.op("add", [scaled, widen(b, bias)]), x)];
    },
    example: `graph example(x: f32[2, 8], weight scale: f32[8], weight bias: f32[8]) -> (y: f32[2, 8]) {
  y = layer_normalization(x, scale, bias, axis=-1, epsilon=1e-5)
}`,
  }),
  rms_normalization: defineOp({
    kind: "composite",
    summary: "rows with mean square 1, scaled",
    detail:
      "`x / sqrt(mean of x^2 + epsilon) * scale`, with the mean over the axes from `axis` to the last. `scale` has the shape of those axes and the dtype of `x`. The inner steps of a bf16 or f16 call are f32, and the result is rounded once.",
    source:
      "ONNX RMSNormalization-23; unlike it, scale is applied before the result is rounded; Zhang and Sennrich 2019, arXiv:1910.07467",
    operands: ["x", "scale"],
    attrs,
    infer: ([x, scale], { axis }) => {
      const wrong = checkOperands(x, { scale }, axis);
      return wrong ? fail(wrong) : ok([x]);
    },
    eval: ([x, scale], { axis, epsilon }, [y]) => {
      const width = sizeBetween(x.shape, axis, x.shape.length);
      normalizeRows(x.data, y.data, width, { epsilon, meanOf: () => 0 });
      scaleRows(y.data, scale.data, undefined);
    },
    // square, sum, factor, scale
    flops: ([x]) => 4 * elementCount(x.shape),
    expand: (b, [x, scale], { axis, epsilon }) => {
      const wide = widen(b, x);
      const axes = normalizedAxes(axis, b.typeOf(x).shape.length);
      const meanSquare = b.op("reduce_mean", [b.op("mul", [wide, wide])], { axes });
      const factor = b.op("rsqrt", [b.op("add", [meanSquare, b.scalar(epsilon, wide)])]);
      return [castLike(b, b.op("mul", [b.op("mul", [wide, factor]), widen(b, scale)]), x)];
    },
    example: `graph example(x: f32[2, 8], weight scale: f32[8]) -> (y: f32[2, 8]) {
  y = rms_normalization(x, scale, axis=-1, epsilon=1e-5)
}`,
  }),
};
