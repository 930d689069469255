// Rows of ONNX ops that reduce axes: the ten reductions, and the places of extremes.

import { isFloat } from "../../../../ir-spec/base/dtype.ts";
import type { OpName } from "../../../../ir-spec/ops/index.ts";
import { axisOf, cast, intsOf, op, operand, reshape, scalar, type Use } from "../use.ts";
import { knownValue, type Value } from "../values.ts";
import { defineOnnxOps, type OnnxOp } from "./define.ts";
import { narrow, widen } from "./integers.ts";

export interface Axes {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}

/** The axes of a reduction; undefined where it leaves its operand as it is. */
function axesOf(use: Use): Axes | undefined {
  const { shape } = operand(use, 0);
  const given = intsOf(use, 1, "axes") ?? [];
  const keepdims = use.attrs.flag("keepdims", true);
  const isNoop = use.attrs.flag("noop_with_empty_axes", false);
  if (given.length === 0 && isNoop) return undefined;
  const axes = given.length === 0 ? shape.map((_size, axis) => axis) : given.map((axis) => axisOf(axis, shape.length));
  return { axes: [...new Set(axes)], keepdims };
}

/** Reduces; without axes there is nothing to reduce, which the op's empty list would not say. */
export function reduceAxes(use: Use, name: OpName, x: Value, { axes, keepdims }: Axes): Value {
  if (axes.length === 0) return x;
  if (x.shape.includes(0)) return reduceNothing(use, name, x, { axes, keepdims });
  return op(use, name, [x], { axes, keepdims });
}

/** What reductions of no elements give. */
const ofNothing: Readonly<Partial<Record<OpName, (x: Value) => number>>> = {
  reduce_sum: () => 0,
  reduce_prod: () => 1,
  reduce_max: (x) => (isFloat(x.dtype) ? Number.NEGATIVE_INFINITY : -(2 ** 31)),
  reduce_min: (x) => (isFloat(x.dtype) ? Number.POSITIVE_INFINITY : 2 ** 31 - 1),
  reduce_mean: () => Number.NaN,
};

function reduceNothing(use: Use, name: OpName, x: Value, { axes, keepdims }: Axes): Value {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = keepdims ? kept : kept.filter((_size, axis) => !axes.includes(axis));
  if (shape.includes(0)) return knownValue(x.element, shape, []);
  const full = op(use, "full", [], { value: ofNothing[name]?.(x) ?? 0, shape, dtype: x.dtype });
  return { ...full, element: x.element };
}

interface Steps {
  readonly as: string;
  readonly before?: (use: Use, x: Value) => Value;
  readonly reduce: OpName;
  readonly after?: (use: Use, x: Value) => Value;
}

/** A reduction with steps before and after it; floats narrower than f32 are widened where there are such steps. */
function reduction({ as, before, reduce, after }: Steps): OnnxOp {
  const isPlain = before === undefined && after === undefined;
  return {
    way: isPlain ? "op" : "rewrite",
    as: `\`${as}\``,
    versions: { 13: "bf16; axes of ReduceSum are an operand", 18: "axes are an operand" },
    make: (use) => {
      const x = operand(use, 0);
      const wide = isFloat(x.dtype) && !isPlain ? cast(use, x, "f32") : widen(use, x);
      const axes = axesOf(use);
      const prepared = before === undefined ? wide : before(use, wide);
      const reduced = axes === undefined ? prepared : reduceAxes(use, reduce, asFloat(use, prepared, reduce), axes);
      const finished =
        after === undefined ? reduced : after(use, isFloat(reduced.dtype) ? reduced : cast(use, reduced, "f32"));
      return [narrow(use, finished, x.element)];
    },
  };
}

/** Products and means are made of floats alone. */
function asFloat(use: Use, x: Value, reduce: OpName): Value {
  return reduce === "reduce_prod" || reduce === "reduce_mean" ? (isFloat(x.dtype) ? x : cast(use, x, "f32")) : x;
}

const square = (use: Use, x: Value): Value => op(use, "mul", [x, x]);
const log = (use: Use, x: Value): Value => op(use, "log", [x]);

/** log(sum(exp(x - m))) + m, with the maximum m, which is left out where it is infinite. */
function logSumExp(use: Use): Value {
  const x = operand(use, 0);
  const wide = isFloat(x.dtype) ? cast(use, x, "f32") : cast(use, widen(use, x), "f32");
  const axes = axesOf(use);
  if (axes === undefined) return x;
  const max = reduceAxes(use, "reduce_max", wide, { ...axes, keepdims: true });
  const isInfinite = op(use, "equal", [op(use, "abs", [max]), scalar(Number.POSITIVE_INFINITY, max)]);
  const shift = op(use, "where", [isInfinite, scalar(0, max), max]);
  const exps = wide.shape.includes(0) ? wide : op(use, "exp", [op(use, "sub", [wide, shift])]);
  const sum = reduceAxes(use, "reduce_sum", exps, { ...axes, keepdims: true });
  const result = op(use, "add", [op(use, "log", [sum]), shift]);
  const shape = result.shape.filter((_size, axis) => axes.keepdims || !axes.axes.includes(axis));
  return narrow(use, reshape(use, result, shape), x.element);
}

export const reduceOps = defineOnnxOps({
  ReduceSum: reduction({ as: "reduce_sum", reduce: "reduce_sum" }),
  ReduceMean: reduction({ as: "reduce_mean", reduce: "reduce_mean" }),
  ReduceMax: reduction({ as: "reduce_max", reduce: "reduce_max" }),
  ReduceMin: reduction({ as: "reduce_min", reduce: "reduce_min" }),
  ReduceProd: reduction({ as: "reduce_prod", reduce: "reduce_prod" }),
  ReduceL1: reduction({ as: "reduce_sum(abs(x))", before: (use, x) => op(use, "abs", [x]), reduce: "reduce_sum" }),
  ReduceL2: reduction({
    as: "sqrt(reduce_sum(x * x))",
    before: square,
    reduce: "reduce_sum",
    after: (use, x) => op(use, "sqrt", [x]),
  }),
  ReduceLogSum: reduction({ as: "log(reduce_sum(x))", reduce: "reduce_sum", after: log }),
  ReduceSumSquare: reduction({ as: "reduce_sum(x * x)", before: square, reduce: "reduce_sum" }),
  ReduceLogSumExp: {
    way: "rewrite",
    as: "`log(reduce_sum(exp(x - m))) + m`, with the maximum m",
    make: (use) => [logSumExp(use)],
  },
});
