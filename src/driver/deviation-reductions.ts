// Deviations of reductions: sums and means (deviation-sums.ts), products of factors, largest and smallest.

import { isFloat } from "../../ir-spec/base/dtype.ts";
import { makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import type { NodeOf } from "../../ir-spec/graph.ts";
import { type OpNameOf, opDef } from "../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../ir-spec/ops/reduce.ts";
import { bounds, overflowStart } from "./bounds.ts";
import {
  deviationOfSum,
  isUnsettledSum,
  magnitudesOf,
  type SumParts,
  squared,
  termsIn,
  whereUnknown,
} from "./deviation-sums.ts";
import { distance, type Evaluated, type Measured, multiple } from "./measured.ts";
import { areSumsExact, findRepeating } from "./terms.ts";

const unit = bounds.f32RoundOff.value;

export function reductionDeviation(node: Reduced, x: Measured, result: Tensor): Evaluated {
  switch (node.op) {
    case "reduce_max":
    case "reduce_min":
      return { before: extremeDeviation(node, x, result), own: undefined };
    case "reduce_prod":
      return factorDeviation(node, x, result);
    default:
      return isFloat(result.dtype)
        ? reducedSumDeviation(node, x, result)
        : { before: reducedBy("reduce_sum", node, x, x.deviation as Float64Array), own: undefined };
  }
}

type Reduced = NodeOf<OpNameOf<"reduce">>;
type Reduction = "reduce_sum" | "reduce_prod" | "reduce_max" | "reduce_min";

/** The reduction of other numbers that lie as those of x. */
function reducedBy(op: Reduction, { attrs, results }: Reduced, x: Measured, data: Float64Array): Float64Array {
  const axes = reducedAxes(attrs.axes, x.exact.shape.length);
  const shape = x.exact.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const tensor = makeTensor({ dtype: "f32", shape });
  if (results.length > 0) opDef(op).eval([{ ...x.exact, data }], { ...attrs, keepdims: true }, [tensor]);
  return tensor.data;
}

function reducedSumDeviation(node: Reduced, x: Measured, result: Tensor): Evaluated {
  const { data } = x.exact;
  const terms = data.length / Math.max(1, result.data.length);
  if (terms <= 1) return { before: x.deviation, own: undefined };
  const sum = (numbers: Float64Array): Float64Array => reducedBy("reduce_sum", node, x, numbers);
  const isMean = node.op === "reduce_mean";
  const divisor = isMean ? terms : 1;
  const axes = reducedAxes(node.attrs.axes, x.exact.shape.length);
  const isExact = x.deviation === undefined && areSumsExact(terms, termsIn(x));
  const own: SumParts = {
    terms,
    sums: result.data.map((value) => value * divisor),
    squares: isExact ? undefined : sum(squared(data)),
    variances: undefined,
    repeats: findRepeating(x.exact, axes, terms)?.groups,
    deviations: undefined,
    unknown: unknownSums(x, terms, sum, isMean ? undefined : result.data),
  };
  const variances = x.deviation === undefined ? undefined : sum(squared(x.deviation));
  const deviations = own.repeats && x.deviation && sum(magnitudesOf(x.deviation));
  const ofDivision = isMean ? 2 * unit * bounds.roundingDeviation.value : 0;
  const divided = (value: number, index: number): number =>
    value / divisor + ofDivision * Math.abs(Number.isFinite(result.data[index]!) ? result.data[index]! : 0);
  return {
    before: deviationOfSum({ ...own, variances, deviations }).map(divided),
    own: deviationOfSum(own).map(divided),
  };
}

/** As for products; of a mean, whose sum may overflow, without the sums. */
function unknownSums(
  x: Measured,
  terms: number,
  sum: (numbers: Float64Array) => Float64Array,
  sums: Float64Array | undefined,
): Float64Array | undefined {
  const unknownTerms = whereUnknown(x);
  const unknown = unknownTerms && sum(unknownTerms);
  if (terms * x.magnitudes().largest < overflowStart("f32")) return unknown;
  return sum(magnitudesOf(x.exact.data)).map((magnitudes, index) => {
    const isUnsettled = isUnsettledSum(magnitudes, sums?.[index] ?? Number.NaN);
    return isUnsettled || (unknown?.[index] ?? 0) !== 0 ? 1 : 0;
  });
}

/** The largest or smallest, with all elements moved one way and the other. */
function extremeDeviation(node: Reduced, x: Measured, result: Tensor): Float64Array | undefined {
  const { deviation } = x;
  if (deviation === undefined) return undefined;
  const op = node.op === "reduce_max" ? "reduce_max" : "reduce_min";
  const moved = (sign: number): Float64Array =>
    reducedBy(
      op,
      node,
      x,
      x.exact.data.map((value, index) => {
        const off = deviation[index]!;
        return off === 0 ? value : value + sign * multiple * off;
      }),
    );
  const [lower, upper] = [moved(-1), moved(1)];
  return result.data.map((value, index) => {
    const off = Math.max(distance(upper[index]!, value), distance(value, lower[index]!));
    return off / multiple;
  });
}

function factorDeviation(node: Reduced, x: Measured, result: Tensor): Evaluated {
  const { data } = x.exact;
  const { deviation } = x;
  const product = (numbers: Float64Array): Float64Array => reducedBy("reduce_prod", node, x, numbers);
  const terms = data.length / Math.max(1, result.data.length);
  const magnitudes = data.map(Math.abs);
  const large = product(magnitudes.map((value) => (value < Number.POSITIVE_INFINITY ? Math.max(value, 1) : 1)));
  const small = product(magnitudes.map((value) => Math.min(value, 1)));
  const moved =
    deviation === undefined
      ? undefined
      : product(magnitudes.map((value, index) => value + multiple * deviation[index]!));
  const [start, min] = [overflowStart("f32"), bounds.minNormal.value];
  const before = result.data.map((value, index) => {
    const isOutOfRange =
      (large[index]! >= start && small[index]! < 1) ||
      (Math.abs(value) === Number.POSITIVE_INFINITY && small[index]! < min);
    const inherited = moved === undefined ? 0 : distance(moved[index]!, Math.abs(value));
    if (isOutOfRange || inherited === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    if (!Number.isFinite(value)) return 0;
    const ofRange = small[index]! < min ? Math.abs(value) : 0;
    return (inherited + terms * unit * Math.abs(value) + ofRange) / multiple;
  });
  return { before, own: undefined };
}
