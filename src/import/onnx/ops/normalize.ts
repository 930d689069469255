// Rows of ONNX ops that normalize: softmax and its relatives, and the norms. Composites where they mean the same.

import { refuse } from "../refuse.ts";
import { axisOf, broadcast, cast, op, operand, reshape, scalar, type Use } from "../use.ts";
import { countOf, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";

const num = (x: Value, value: number): Value => scalar(value, x);

/** Before opset 13 the axes from `axis` to the last are one. */
function alongAxis(use: Use, make: (x: Value, axis: number) => Value): Value {
  const x = operand(use, 0);
  const rank = x.shape.length;
  const axis = axisOf(use.attrs.int("axis", use.opset < 13 ? 1 : -1), rank);
  if (use.opset >= 13) return make(x, axis);
  const flat = reshape(use, x, [countOf({ shape: x.shape.slice(0, axis) }), countOf({ shape: x.shape.slice(axis) })]);
  return reshape(use, make(flat, 1), x.shape);
}

export function logSoftmax(use: Use, x: Value, axis: number): Value {
  const wide = cast(use, x, "f32");
  const shifted = op(use, "sub", [wide, op(use, "reduce_max", [wide], { axes: [axis] })]);
  const sum = op(use, "reduce_sum", [op(use, "exp", [shifted])], { axes: [axis] });
  return { ...cast(use, op(use, "sub", [shifted, op(use, "log", [sum])]), x.dtype), element: x.element };
}

function hardmax(use: Use, x: Value, axis: number): Value {
  const place = op(use, "arg_max", [x], { axis });
  const steps = op(use, "iota", [], { shape: x.shape, axis, dtype: "i32" });
  return { ...cast(use, op(use, "equal", [steps, place]), x.dtype), element: x.element };
}

/** (x - mean) / sqrt(variance + epsilon) over some axes, and the two statistics. */
function standardize(use: Use, x: Value, axes: readonly number[], epsilon: number) {
  const mean = op(use, "reduce_mean", [x], { axes });
  const centered = op(use, "sub", [x, mean]);
  const variance = op(use, "reduce_mean", [op(use, "mul", [centered, centered])], { axes });
  const inverse = op(use, "rsqrt", [op(use, "add", [variance, num(variance, epsilon)])]);
  return { mean, inverse, normalized: op(use, "mul", [centered, inverse]) };
}

function layerNormalization(use: Use): readonly (Value | undefined)[] {
  const [x, scale, bias] = [operand(use, 0), operand(use, 1), use.operands[2]];
  const axis = axisOf(use.attrs.int("axis", -1), x.shape.length);
  const epsilon = use.attrs.float("epsilon", 1e-5);
  use.attrs.ignore("stash_type");
  const inner = x.shape.slice(axis);
  const isComposite = !use.wants(1) && !use.wants(2) && x.dtype === scale.dtype;
  if (isComposite) {
    const factors = [scale, bias].flatMap((value) => (value === undefined ? [] : [broadcast(use, value, inner)]));
    return [op(use, "layer_normalization", [x, ...factors], { axis, epsilon })];
  }
  const axes = inner.map((_size, index) => axis + index);
  const { mean, inverse, normalized } = standardize(use, cast(use, x, "f32"), axes, epsilon);
  const scaled = op(use, "mul", [cast(use, normalized, x.dtype), scale]);
  return [bias === undefined ? scaled : op(use, "add", [scaled, bias]), mean, inverse];
}

function rmsNormalization(use: Use): Value {
  const [x, scale] = [operand(use, 0), operand(use, 1)];
  const axis = axisOf(use.attrs.int("axis", -1), x.shape.length);
  const epsilon = use.attrs.float("epsilon", 1e-5);
  use.attrs.ignore("stash_type");
  if (x.dtype === scale.dtype) {
    return op(use, "rms_normalization", [x, broadcast(use, scale, x.shape.slice(axis))], { axis, epsilon });
  }
  const wide = cast(use, x, "f32");
  const axes = x.shape.slice(axis).map((_size, index) => axis + index);
  const mean = op(use, "reduce_mean", [op(use, "mul", [wide, wide])], { axes });
  const inverse = op(use, "rsqrt", [op(use, "add", [mean, num(mean, epsilon)])]);
  return op(use, "mul", [cast(use, op(use, "mul", [wide, inverse]), scale.dtype), scale]);
}

/** A factor for each channel, the second axis. */
const perChannel = (use: Use, value: Value, rank: number): Value =>
  reshape(use, value, [countOf(value), ...Array.from({ length: Math.max(rank - 2, 0) }, () => 1)]);

function batchNormalization(use: Use): readonly (Value | undefined)[] {
  const x = operand(use, 0);
  const rank = x.shape.length;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => operand(use, index)) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const epsilon = use.attrs.float("epsilon", 1e-5);
  const momentum = use.attrs.float("momentum", 0.9);
  const isTraining = use.attrs.flag("training_mode", false);
  use.attrs.ignore("spatial");
  const axes = x.shape.map((_size, axis) => axis).filter((axis) => axis !== 1);
  const wide = cast(use, x, "f32");
  const batchMean = isTraining ? op(use, "reduce_mean", [wide], { axes, keepdims: false }) : mean;
  const centered = op(use, "sub", [wide, perChannel(use, cast(use, batchMean, "f32"), rank)]);
  const squares = op(use, "mul", [centered, centered]);
  const batchVariance = isTraining ? op(use, "reduce_mean", [squares], { axes, keepdims: false }) : variance;
  const wideVariance = cast(use, batchVariance, "f32");
  const inverse = op(use, "rsqrt", [op(use, "add", [wideVariance, num(wideVariance, epsilon)])]);
  const normalized = op(use, "mul", [centered, perChannel(use, inverse, rank)]);
  const scaled = op(use, "mul", [normalized, perChannel(use, cast(use, scale, "f32"), rank)]);
  const shifted = op(use, "add", [scaled, perChannel(use, cast(use, bias, "f32"), rank)]);
  const y = { ...cast(use, shifted, x.dtype), element: x.element };
  if (!isTraining) return [y];
  const blend = (running: Value, batch: Value): Value =>
    op(use, "add", [
      op(use, "mul", [running, num(running, momentum)]),
      op(use, "mul", [batch, num(batch, 1 - momentum)]),
    ]);
  return [y, blend(mean, batchMean), blend(variance, batchVariance)];
}

function instanceNormalization(use: Use): Value {
  const [x, scale, bias] = [operand(use, 0), operand(use, 1), operand(use, 2)];
  const axes = x.shape.map((_size, axis) => axis).slice(2);
  const { normalized } = standardize(use, cast(use, x, "f32"), axes, use.attrs.float("epsilon", 1e-5));
  const scaled = op(use, "mul", [normalized, perChannel(use, cast(use, scale, "f32"), x.shape.length)]);
  return cast(use, op(use, "add", [scaled, perChannel(use, cast(use, bias, "f32"), x.shape.length)]), x.dtype);
}

/** Source: ONNX GroupNormalization-21: a scale for each channel; in 18 one for each group. */
function groupNormalization(use: Use): Value {
  const [x, scale, bias] = [operand(use, 0), operand(use, 1), operand(use, 2)];
  const groups = use.attrs.int("num_groups");
  use.attrs.ignore("stash_type");
  const [batch, channels] = x.shape as [number, number];
  if (channels % groups !== 0) return refuse(`${channels} channels do not make ${groups} groups`);
  const rest = x.shape.slice(2);
  const apart = reshape(use, cast(use, x, "f32"), [batch, groups, (channels / groups) * countOf({ shape: rest })]);
  const { normalized } = standardize(use, apart, [2], use.attrs.float("epsilon", 1e-5));
  const isPerGroup = countOf(scale) === groups && groups !== channels;
  const factor = (value: Value): Value => reshape(use, cast(use, value, "f32"), [1, countOf(value), 1]);
  const rows = isPerGroup ? normalized : reshape(use, normalized, [batch, channels, countOf({ shape: rest })]);
  const y = op(use, "add", [op(use, "mul", [rows, factor(scale)]), factor(bias)]);
  return { ...cast(use, reshape(use, y, x.shape), x.dtype), element: x.element };
}

function lpNormalization(use: Use): Value {
  const x = operand(use, 0);
  const axis = axisOf(use.attrs.int("axis", -1), x.shape.length);
  const p = use.attrs.int("p", 2);
  if (p !== 1 && p !== 2) return refuse(`p is ${p}, expected 1 or 2`);
  const powers = p === 1 ? op(use, "abs", [x]) : op(use, "mul", [x, x]);
  const sum = op(use, "reduce_sum", [powers], { axes: [axis] });
  const norm = p === 1 ? sum : op(use, "sqrt", [sum]);
  const isZero = op(use, "equal", [norm, num(norm, 0)]);
  // Source: ONNX LpNormalization-22: where the norm is 0, so are the elements, which stay.
  return op(use, "div", [x, op(use, "where", [isZero, num(norm, 1), norm])]);
}

/** Source: ONNX LRN-13: the sum of squares over a window of channels, which is a band matrix times the squares. */
function lrn(use: Use): Value {
  const x = operand(use, 0);
  const size = use.attrs.int("size");
  const [alpha, beta, bias] = [
    use.attrs.float("alpha", 1e-4),
    use.attrs.float("beta", 0.75),
    use.attrs.float("bias", 1),
  ];
  const channels = x.shape[1] ?? refuse("its operand has no channels");
  const wide = cast(use, x, "f32");
  const squares = op(use, "mul", [wide, wide]);
  const row = op(use, "iota", [], { shape: [channels, channels], axis: 0, dtype: "i32" });
  const column = op(use, "iota", [], { shape: [channels, channels], axis: 1, dtype: "i32" });
  const distance = op(use, "sub", [column, row]);
  const isAfter = op(use, "less_or_equal", [num(row, -Math.floor((size - 1) / 2)), distance]);
  const isBefore = op(use, "less_or_equal", [distance, num(row, Math.ceil((size - 1) / 2))]);
  const band = op(use, "cast", [op(use, "logical_and", [isAfter, isBefore])], { to: "f32" });
  const flat = reshape(use, squares, [x.shape[0]!, channels, countOf({ shape: x.shape.slice(2) })]);
  const sums = reshape(use, op(use, "matmul", [band, flat]), x.shape);
  const base = op(use, "add", [op(use, "mul", [sums, num(sums, alpha / size)]), num(sums, bias)]);
  return cast(use, op(use, "div", [wide, op(use, "pow", [base, num(base, beta)])]), x.dtype);
}

function meanVarianceNormalization(use: Use): Value {
  const x = operand(use, 0);
  const axes = (use.attrs.ints("axes") ?? [0, 2, 3]).map((axis) => axisOf(axis, x.shape.length));
  const wide = cast(use, x, "f32");
  const mean = op(use, "reduce_mean", [wide], { axes });
  const squares = op(use, "reduce_mean", [op(use, "mul", [wide, wide])], { axes });
  const deviation = op(use, "sqrt", [op(use, "sub", [squares, op(use, "mul", [mean, mean])])]);
  // Source: ONNX MeanVarianceNormalization-13, its function body.
  const safe = op(use, "add", [deviation, num(deviation, 1e-9)]);
  return cast(use, op(use, "div", [op(use, "sub", [wide, mean]), safe]), x.dtype);
}

export const normalizeOps = defineOnnxOps({
  Softmax: {
    way: "composite",
    as: "`softmax`",
    versions: { 13: "the axis is one alone" },
    make: (use) => [alongAxis(use, (x, axis) => op(use, "softmax", [x], { axis }))],
  },
  LogSoftmax: {
    way: "rewrite",
    as: "`x - m - log(reduce_sum(exp(x - m)))`, with the maximum m",
    versions: { 13: "the axis is one alone" },
    make: (use) => [alongAxis(use, (x, axis) => logSoftmax(use, x, axis))],
  },
  Hardmax: {
    way: "rewrite",
    as: "`iota`, `equal`",
    versions: { 13: "the axis is one alone" },
    make: (use) => [alongAxis(use, (x, axis) => hardmax(use, x, axis))],
  },
  LayerNormalization: {
    way: "composite",
    as: "`layer_normalization`; its steps where its statistics are read",
    make: layerNormalization,
  },
  RMSNormalization: { way: "composite", as: "`rms_normalization`", make: (use) => [rmsNormalization(use)] },
  BatchNormalization: {
    way: "rewrite",
    as: "`(x - mean) * rsqrt(variance + epsilon) * scale + bias`",
    versions: { 14: "training_mode", 15: "dtypes may differ" },
    make: batchNormalization,
  },
  InstanceNormalization: { way: "rewrite", as: "its steps, in f32", make: (use) => [instanceNormalization(use)] },
  GroupNormalization: {
    way: "rewrite",
    as: "its steps, in f32",
    versions: { 21: "scale and bias are per channel" },
    make: (use) => [groupNormalization(use)],
  },
  LpNormalization: { way: "rewrite", as: "`x / norm`", make: (use) => [lpNormalization(use)] },
  LRN: { way: "rewrite", as: "a band matrix times the squares", versions: { 13: "bf16" }, make: (use) => [lrn(use)] },
  MeanVarianceNormalization: {
    way: "rewrite",
    as: "its steps, in f32",
    make: (use) => [meanVarianceNormalization(use)],
  },
});
