// Rows of ONNX ops that quantize: integers of few bits with a scale and a zero point.

import { type ElementName, elementRow } from "../elements.ts";
import { refuse } from "../refuse.ts";
import { axisOf, broadcast, cast, op, operand, reshape, scalar, type Use } from "../use.ts";
import { countOf, dtypeOf, type Value } from "../values.ts";
import { convert } from "./casts.ts";
import { defineOnnxOps } from "./define.ts";
import { multiplyQuantized } from "./products.ts";
import { elementAttr } from "./shapes.ts";

/** A scale or zero point that broadcasts against x: one for all, one for each index of an axis, or one for each block of it. */
function alongAxis(use: Use, value: Value, x: Value): Value {
  if (countOf(value) === 1) return reshape(use, value, []);
  const axis = axisOf(use.attrs.int("axis", 1), x.shape.length);
  const block = use.attrs.int("block_size", 0);
  if (block === 0)
    return reshape(
      use,
      value,
      x.shape.map((size, index) => (index === axis ? size : 1)),
    );
  const blocks = value.shape[axis] ?? refuse("its scale does not fit its blocks");
  const apart = reshape(use, value, value.shape.toSpliced(axis + 1, 0, 1));
  const repeated = broadcast(use, apart, apart.shape.with(axis + 1, block));
  const whole = reshape(use, repeated, value.shape.with(axis, blocks * block));
  if (blocks * block === x.shape[axis]) return whole;
  return op(use, "slice", [whole], { starts: [0], ends: [x.shape[axis]!], axes: [axis] });
}

/** round(x / scale) + zero, within the range of the element type. */
export function quantize(use: Use, scaled: Value, zero: Value | undefined, element: ElementName): Value {
  const { kind, range } = elementRow(element);
  if (kind !== "int" || range === undefined) return convert(use, scaled, element);
  const rounded = op(use, "round", [scaled]);
  const shifted = zero === undefined ? rounded : op(use, "add", [rounded, cast(use, zero, rounded.dtype)]);
  const [least, most] = range;
  const limited = op(use, "min", [op(use, "max", [shifted, scalar(least, rounded)]), scalar(most, rounded)]);
  return { ...cast(use, limited, dtypeOf(element)), element };
}

/** Source: ONNX QuantizeLinear-25: the type of the zero point, or output_dtype, or u8. */
function quantizeLinear(use: Use): Value {
  const [x, scale, zero] = [operand(use, 0), operand(use, 1), use.operands[2]];
  const asked = use.attrs.int("output_dtype", 0) === 0 ? undefined : elementAttr(use, "output_dtype");
  const element = zero?.element ?? asked ?? "UINT8";
  use.attrs.ignore("precision", "saturate", "axis", "block_size");
  const wide = { ...cast(use, x, "f32"), element: "FLOAT" as const };
  const factor = { ...cast(use, alongAxis(use, scale, x), "f32"), element: "FLOAT" as const };
  return quantize(use, op(use, "div", [wide, factor]), zero && alongAxis(use, zero, x), element);
}

function dequantizeLinear(use: Use): Value {
  const [x, scale, zero] = [operand(use, 0), operand(use, 1), use.operands[2]];
  const asked = use.attrs.int("output_dtype", 0) === 0 ? scale.element : elementAttr(use, "output_dtype");
  use.attrs.ignore("axis", "block_size");
  const wide = { ...cast(use, x, "f32"), element: "FLOAT" as const };
  const centered = zero === undefined ? wide : op(use, "sub", [wide, cast(use, alongAxis(use, zero, x), "f32")]);
  const product = op(use, "mul", [centered, cast(use, alongAxis(use, scale, x), "f32")]);
  return { ...cast(use, product, dtypeOf(asked)), element: asked };
}

/** Source: ONNX DynamicQuantizeLinear-11: u8 over the range of x, which has 0 in it. */
function dynamicQuantizeLinear(use: Use): readonly Value[] {
  const x = operand(use, 0);
  const all = { axes: [...x.shape.keys()], keepdims: false };
  const least = op(use, "min", [op(use, "reduce_min", [x], all), scalar(0, x)]);
  const most = op(use, "max", [op(use, "reduce_max", [x], all), scalar(0, x)]);
  const scale = op(use, "div", [op(use, "sub", [most, least]), scalar(255, x)]);
  const place = op(use, "sub", [scalar(0, x), op(use, "div", [least, scale])]);
  const limited = op(use, "min", [op(use, "max", [place, scalar(0, x)]), scalar(255, x)]);
  const zero = { ...cast(use, op(use, "round", [limited]), "u8"), element: "UINT8" as const };
  return [quantize(use, op(use, "div", [x, scale]), zero, "UINT8"), scale, zero];
}

/** A scale for each row of a product's left operand is a column. */
const asColumn = (use: Use, value: Value): Value =>
  value.shape.length === 1 && countOf(value) > 1 ? reshape(use, value, [...value.shape, 1]) : reshapeScalar(use, value);

const reshapeScalar = (use: Use, value: Value): Value => (countOf(value) === 1 ? reshape(use, value, []) : value);

/** A product of quantized operands, quantized again. */
function qLinearMatmul(use: Use): Value {
  const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = [0, 1, 2, 3, 4, 5, 6, 7].map((index) =>
    operand(use, index),
  ) as Value[];
  const product = multiplyQuantized(use, { value: a!, zero: aZero }, { value: b!, zero: bZero });
  return requantize(use, product, {
    scales: [asColumn(use, aScale!), reshapeScalar(use, bScale!)],
    yScale: yScale!,
    yZero: yZero!,
  });
}

/** Integers times the scales of their operands over the result's scale, quantized. */
export function requantize(
  use: Use,
  product: Value,
  { scales, yScale, yZero }: { readonly scales: readonly Value[]; readonly yScale: Value; readonly yZero: Value },
): Value {
  const wide = { ...cast(use, product, "f32"), element: "FLOAT" as const };
  const factor = (value: Value): Value => ({ ...cast(use, value, "f32"), element: "FLOAT" as const });
  const scaled = scales.reduce((value, scale) => op(use, "mul", [value, factor(scale)]), wide);
  const divided = op(use, "div", [scaled, factor(reshapeScalar(use, yScale))]);
  return quantize(use, divided, reshapeScalar(use, yZero), yZero.element);
}

export const quantizeOps = defineOnnxOps({
  QuantizeLinear: {
    way: "rewrite",
    as: "`round(x / scale) + zero`, limited, `cast`",
    versions: { 13: "an axis", 19: "f8", 21: "blocks, 4 and 16 bits", 23: "f4", 25: "2 bits" },
    make: (use) => [quantizeLinear(use)],
  },
  DequantizeLinear: {
    way: "rewrite",
    as: "`(cast(x) - zero) * scale`",
    versions: { 13: "an axis", 19: "f8", 21: "blocks, 4 and 16 bits", 23: "f4", 25: "2 bits" },
    make: (use) => [dequantizeLinear(use)],
  },
  DynamicQuantizeLinear: {
    way: "rewrite",
    as: "`reduce_min`, `reduce_max`, then as QuantizeLinear",
    make: dynamicQuantizeLinear,
  },
  QLinearMatMul: {
    way: "rewrite",
    as: "a product of integers, scaled and quantized again",
    make: (use) => [qLinearMatmul(use)],
  },
});
