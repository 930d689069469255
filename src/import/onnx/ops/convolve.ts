// Rows of ONNX convolutions and pools.

import { exactTerms } from "../../../../ir-spec/ops/integer-products.ts";
import { makeParts } from "../lists.ts";
import { refuse } from "../refuse.ts";
import { cast, op, operand, reshape, scalar, type Use } from "../use.ts";
import { countOf, type Value } from "../values.ts";
import { defineOnnxOps, type OnnxOp } from "./define.ts";
import { narrow, widen } from "./integers.ts";
import { withoutZero } from "./products.ts";
import { requantize } from "./quantize.ts";
import { reachOf, splitTotals, type Windows, windowsOf, withBeyond } from "./windows.ts";

/** The axes after batch and channels. */
const planeOf = ({ shape }: Value): readonly number[] => shape.slice(2);

function convolution(use: Use, x: Value, w: Value, bias: Value | undefined): Value {
  const { strides, dilations, pads } = windowsOf(use, planeOf(x), planeOf(w));
  const group = use.attrs.int("group", 1);
  const operands = bias === undefined ? [x, w] : [x, w, bias];
  return op(use, "conv", operands, { strides, dilations, pads, group });
}

function conv(use: Use): Value {
  use.attrs.ignore("kernel_shape");
  const x = operand(use, 0);
  return { ...convolution(use, x, operand(use, 1), use.operands[2]), element: x.element };
}

/** Source: ONNX ConvTranspose-22: the size of the result may be given, from which the pads follow. */
function convTranspose(use: Use): Value {
  const [x, w] = [operand(use, 0), operand(use, 1)];
  const sizes = planeOf(x);
  const kernel = planeOf(w);
  use.attrs.ignore("kernel_shape");
  const list = (name: string, byDefault: number): readonly number[] =>
    use.attrs.ints(name) ?? sizes.map(() => byDefault);
  const [strides, dilations, outputPadding] = [list("strides", 1), list("dilations", 1), list("output_padding", 0)];
  const mode = use.attrs.text("auto_pad", "NOTSET");
  const given = use.attrs.ints("pads");
  const named = use.attrs.ints("output_shape")?.slice(-sizes.length);
  const wanted = named ?? (mode.startsWith("SAME") ? sizes.map((size, axis) => size * strides[axis]!) : undefined);
  const whole = sizes.map(
    (size, axis) => strides[axis]! * (size - 1) + outputPadding[axis]! + reachOf(kernel[axis]!, dilations[axis]!),
  );
  const totals = wanted?.map((size, axis) => whole[axis]! - size);
  const pads =
    totals === undefined
      ? (given ?? sizes.flatMap(() => [0, 0]))
      : splitTotals(
          totals.map((total) => Math.max(0, total)),
          mode,
        );
  const more = totals?.map((total) => Math.max(0, -total)) ?? sizes.map(() => 0);
  const attrs = { strides, dilations, pads, group: use.attrs.int("group", 1), output_padding: outputPadding };
  const bias = use.operands[2];
  const y = op(
    use,
    "conv_transpose",
    bias === undefined || more.some((count) => count > 0) ? [x, w] : [x, w, bias],
    attrs,
  );
  if (more.every((count) => count === 0)) return { ...y, element: x.element };
  const grown = op(use, "pad", [y], { high: [0, 0, ...more] });
  const column = bias && reshape(use, bias, [countOf(bias), ...sizes.map(() => 1)]);
  return column === undefined ? grown : op(use, "add", [grown, column]);
}

/** A convolution of integers without their zero points, as i32: f32 has short sums exactly, so long ones are made in parts of the channels. */
function convIntegers(
  use: Use,
  { x, w, xZero, wZero }: Readonly<Record<"x" | "w", Value>> & Readonly<Record<"xZero" | "wZero", Value | undefined>>,
): Value {
  use.attrs.ignore("kernel_shape");
  const window = countOf({ shape: planeOf(w) });
  if (window > exactTerms)
    return refuse(`its windows have more than ${exactTerms} elements, which f32 does not add exactly`);
  const perChannel =
    wZero === undefined || countOf(wZero) === 1
      ? wZero
      : reshape(use, wZero, [countOf(wZero), ...w.shape.slice(1).map(() => 1)]);
  const [image, weights] = [withoutZero(use, x, xZero), withoutZero(use, w, perChannel)];
  const parts = partsOf(w.shape[1]!, Math.floor(exactTerms / window)).map((part): Value => {
    const product = convolution(use, channelsOf(use, image, part), channelPart(use, weights, 1, part), undefined);
    return { ...cast(use, product, "i32"), element: "INT32" };
  });
  return parts.reduce((sum, part) => op(use, "add", [sum, part]));
}

interface Part {
  readonly start: number;
  readonly end: number;
}

function partsOf(size: number, length: number): readonly Part[] {
  return makeParts(Math.ceil(size / length), "parts", (index) => ({
    start: index * length,
    end: Math.min(size, (index + 1) * length),
  }));
}

function channelPart(use: Use, value: Value, axis: number, { start, end }: Part): Value {
  const isAll = start === 0 && end === value.shape[axis];
  return isAll ? value : op(use, "slice", [value], { starts: [start], ends: [end], axes: [axis] });
}

/** The same channels of each group of an image. */
function channelsOf(use: Use, image: Value, part: Part): Value {
  const group = use.attrs.int("group", 1);
  const [batch, channels, ...plane] = image.shape as [number, number, ...number[]];
  const apart = reshape(use, image, [batch, group, channels / group, ...plane]);
  return reshape(use, channelPart(use, apart, 2, part), [batch, group * (part.end - part.start), ...plane]);
}

function qLinearConv(use: Use): Value {
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero] = [0, 1, 2, 3, 4, 5, 6, 7].map((index) =>
    operand(use, index),
  ) as Value[];
  const product = convIntegers(use, { x: x!, w: w!, xZero, wZero });
  const rest = planeOf(x!).map(() => 1);
  const perChannel = (value: Value): Value =>
    reshape(use, value, countOf(value) === 1 ? [] : [countOf(value), ...rest]);
  const bias = use.operands[8];
  const sum = bias === undefined ? product : op(use, "add", [product, { ...perChannel(bias), element: "INT32" }]);
  return requantize(use, sum, { scales: [perChannel(xScale!), perChannel(wScale!)], yScale: yScale!, yZero: yZero! });
}

function maxPool(use: Use): Value {
  const x = operand(use, 0);
  const windows = windowsOf(use, planeOf(x));
  use.attrs.ignore("storage_order");
  const { kernel, strides, dilations } = windows;
  const attrs = { kernel_shape: kernel, strides, dilations, pads: withBeyond(windows) };
  return narrow(use, op(use, "max_pool", [widen(use, x)], attrs), x.element);
}

/** Zeros of pads may count; what lies beyond them never does. */
function averagePool(use: Use): Value {
  const x = operand(use, 0);
  return {
    ...average(use, x, windowsOf(use, planeOf(x)), use.attrs.flag("count_include_pad", false)),
    element: x.element,
  };
}

function average(use: Use, x: Value, windows: Windows, countsPads: boolean): Value {
  const { kernel, strides, dilations, pads, beyond } = windows;
  const rank = beyond.length;
  const attrs = { kernel_shape: kernel, strides, dilations };
  const isBeyond = beyond.some((count) => count > 0);
  if (!countsPads || !isBeyond) {
    return op(use, "average_pool", [x], { ...attrs, pads: withBeyond(windows), count_include_pad: countsPads });
  }
  const padded = op(use, "pad", [x], { low: [0, 0, ...pads.slice(0, rank)], high: [0, 0, ...pads.slice(rank)] });
  return op(use, "average_pool", [padded], { ...attrs, pads: [...beyond.map(() => 0), ...beyond] });
}

/** The p-th root of the sum of p-th powers: the mean with zeros around, times the window's size. */
function lpPool(use: Use): Value {
  const x = operand(use, 0);
  const p = use.attrs.int("p", 2);
  const windows = windowsOf(use, planeOf(x));
  const powers = power(use, op(use, "abs", [x]), p);
  const mean = average(
    use,
    powers,
    { ...windows, pads: withBeyond(windows), beyond: windows.beyond.map(() => 0) },
    true,
  );
  const sum = op(use, "mul", [mean, scalar(countOf({ shape: windows.kernel }), mean)]);
  return power(use, sum, 1 / p);
}

function power(use: Use, x: Value, p: number): Value {
  if (p === 1) return x;
  if (p === 2) return op(use, "mul", [x, x]);
  return p === 0.5 ? op(use, "sqrt", [x]) : op(use, "pow", [x, scalar(p, x)]);
}

function globalPool(name: "reduce_mean" | "reduce_max"): OnnxOp {
  return {
    way: "op",
    as: `\`${name}\``,
    make: (use) => {
      const x = operand(use, 0);
      const axes = planeOf(x).map((_size, axis) => axis + 2);
      return [op(use, name, [x], { axes })];
    },
  };
}

/** Source: ONNX CausalConvWithState-27 and its function body. */
function causalConv(use: Use): readonly Value[] {
  const [x, w] = [operand(use, 0), operand(use, 1)];
  const [, , bias, past] = use.operands;
  const [batch, channels] = x.shape as [number, number, number];
  const before = w.shape[2]! - 1;
  const name = use.attrs.text("activation", "none");
  const own = (value: Value): Value => ({ ...value, element: x.element });
  const state = past ?? op(use, "full", [], { value: 0, shape: [batch, channels, before], dtype: x.dtype });
  const padded = before === 0 ? x : op(use, "concat", [state, x], { axis: 2 });
  const made = op(use, "conv", bias === undefined ? [padded, w] : [padded, w, bias], { group: channels });
  const isSilu = name === "silu" || name === "swish";
  if (!isSilu && name !== "none") return refuse(`its activation is ${name}`);
  const y = isSilu ? cast(use, op(use, "silu", [cast(use, made, "f32")]), x.dtype) : made;
  const length = padded.shape[2]!;
  const present = op(use, "slice", [padded], { starts: [length - before], ends: [length], axes: [2] });
  return [own(y), own(present)];
}

export const convolveOps = defineOnnxOps({
  Conv: { way: "op", as: "`conv`", versions: { 22: "bf16" }, make: (use) => [conv(use)] },
  ConvTranspose: { way: "op", as: "`conv_transpose`", versions: { 22: "bf16" }, make: (use) => [convTranspose(use)] },
  ConvInteger: {
    way: "rewrite",
    as: `\`conv\` in f32 of at most ${exactTerms} terms, which is exact, and sums in i32`,
    limits: `windows of at most ${exactTerms} elements`,
    make: (use) => [
      convIntegers(use, { x: operand(use, 0), w: operand(use, 1), xZero: use.operands[2], wZero: use.operands[3] }),
    ],
  },
  QLinearConv: { way: "rewrite", as: "ConvInteger, scaled and quantized again", make: (use) => [qLinearConv(use)] },
  MaxPool: {
    way: "op",
    as: "`max_pool`",
    versions: { 22: "bf16" },
    limits: "no second result, the places",
    make: (use) => [maxPool(use)],
  },
  AveragePool: {
    way: "op",
    as: "`average_pool`",
    versions: { 19: "dilations", 22: "bf16" },
    make: (use) => [averagePool(use)],
  },
  LpPool: {
    way: "rewrite",
    as: "`average_pool` of powers",
    versions: { 18: "dilations", 22: "bf16" },
    make: (use) => [lpPool(use)],
  },
  GlobalAveragePool: globalPool("reduce_mean"),
  GlobalMaxPool: globalPool("reduce_max"),
  CausalConvWithState: { way: "rewrite", as: "`concat`, `conv`", make: causalConv },
});
