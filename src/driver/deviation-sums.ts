// Deviations of products and reductions. Errors of the terms count as independent, so their squares add up; where the terms
// take few values only, errors repeat, and then they add up themselves.

import { isFloat } from "../../ir-spec/base/dtype.ts";
import { makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import type { NodeOf } from "../../ir-spec/graph.ts";
import { type MatmulSizes, matmulSizes } from "../../ir-spec/ops/contract.ts";
import { type OpNameOf, opDef } from "../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../ir-spec/ops/reduce.ts";
import { evalOp } from "../../targets/ref/eval.ts";
import { bounds, overflowStart, sumDeviation, systematicSumError } from "./bounds.ts";
import { distance, type Evaluated, type Measured, multiple } from "./measured.ts";
import { areProductsExact, areSumsExact, findRepeating, type Terms } from "./terms.ts";

const unit = bounds.f32RoundOff.value;

/** What a sum is made of, for each element of the result. */
interface SumParts {
  readonly terms: number;
  /** The sums themselves; those of a mean before they are divided. */
  readonly sums: Float64Array;
  /** Sums of the terms' squares: undefined where the sum is exact in any order. */
  readonly squares: Float64Array | undefined;
  /** Sums of the terms' variances; undefined where the operands are exact. */
  readonly variances: Float64Array | undefined;
  /** Where not 0, the terms take few values. */
  readonly repeats: ArrayLike<number> | undefined;
  /** Sums of the terms' deviations, where terms repeat. */
  readonly deviations: ArrayLike<number> | undefined;
  /** Where not 0, anything may come out. */
  readonly unknown: ArrayLike<number> | undefined;
}

/** The deviation of a sum before it is rounded to its dtype. */
function deviationOfSum(parts: SumParts): Float64Array {
  const { sums, squares, variances, repeats, unknown } = parts;
  const deviations = new Float64Array(sums.length);
  for (let index = 0; index < sums.length; index++) {
    if (unknown !== undefined && unknown[index] !== 0) deviations[index] = Number.POSITIVE_INFINITY;
    else if (!Number.isFinite(sums[index]!)) deviations[index] = 0;
    else if (repeats !== undefined && repeats[index] !== 0) deviations[index] = systematicDeviation(parts, index);
    else {
      const ofOrder = squares === undefined ? 0 : sumDeviation(parts.terms, sums[index]!, squares[index]!);
      const variance = variances === undefined ? 0 : variances[index]!;
      deviations[index] = Math.sqrt(variance + ofOrder * ofOrder);
    }
  }
  return deviations;
}

/** Of terms that take few values, whose errors add up. */
function systematicDeviation({ terms, sums, squares, deviations }: SumParts, index: number): number {
  const ofTerms = deviations?.[index] ?? 0;
  if (squares === undefined) return ofTerms;
  const ofOrder = sumDeviation(terms, sums[index]!, squares[index]!);
  // By the inequality of Cauchy and Schwarz, which is an equality for equal terms.
  const systematic = systematicSumError(terms, Math.sqrt(terms * squares[index]!)) / multiple;
  return ofTerms + Math.max(ofOrder, systematic);
}

export function productDeviation(
  { attrs: transposes }: NodeOf<"matmul">,
  [lhs, rhs]: readonly [Measured, Measured],
  result: Tensor,
): Evaluated {
  const multiply = (left: Float64Array, right: Float64Array): Float64Array => {
    const product = makeTensor(result);
    const tensors = [
      { ...lhs.exact, data: left },
      { ...rhs.exact, data: right },
    ];
    evalOp({ op: "matmul", attrs: transposes }, tensors, [product]);
    return product.data;
  };
  const sizes = matmulSizes(lhs.exact, result, transposes);
  const product: Product = { lhs, rhs, sizes, transposes, multiply, result };
  const repeats = repeatingProducts(product);
  const unknown = unknownProducts(product);
  const isExact = isExactProduct(product);
  const parts = { terms: sizes.k, sums: result.data, repeats, unknown, deviations: undefined };
  const before =
    repeats === undefined && lhs.deviation !== undefined
      ? deviationOfSum({ ...parts, ...mergedVariances(product) })
      : deviationOfSum({
          ...parts,
          squares: isExact ? undefined : multiply(squared(lhs.exact.data), squared(rhs.exact.data)),
          variances: variancesOf(product),
          deviations: repeats === undefined ? undefined : deviationsOf(product),
        });
  const isAlone = lhs.deviation === undefined && rhs.deviation === undefined;
  return { before, own: isAlone && !isExact ? before : undefined };
}

interface Product {
  readonly lhs: Measured;
  readonly rhs: Measured;
  readonly sizes: MatmulSizes;
  readonly transposes: { readonly transpose_lhs: boolean; readonly transpose_rhs: boolean };
  readonly multiply: (left: Float64Array, right: Float64Array) => Float64Array;
  readonly result: Tensor;
}

/** Errors of the terms and of the additions by one product less: both are sums over squares of rhs. */
function mergedVariances({ lhs, rhs, sizes: { k }, multiply }: Product) {
  const ofOrder = (unit * unit * k) / 3;
  const { data } = lhs.exact;
  const left = squared(lhs.deviation as Float64Array);
  for (let index = 0; index < data.length; index++) {
    const square = data[index]! * data[index]!;
    if (square < Number.POSITIVE_INFINITY) left[index]! += ofOrder * square;
  }
  const variances = multiply(left, squared(rhs.exact.data));
  addTo(variances, rhs.deviation === undefined ? undefined : multiply(squared(data), squared(rhs.deviation)));
  return { squares: new Float64Array(variances.length), variances };
}

function variancesOf({ lhs, rhs, multiply }: Product): Float64Array | undefined {
  const ofLhs = lhs.deviation === undefined ? undefined : multiply(squared(lhs.deviation), squared(rhs.exact.data));
  const ofRhs = rhs.deviation === undefined ? undefined : multiply(squared(lhs.exact.data), squared(rhs.deviation));
  if (ofLhs === undefined) return ofRhs;
  addTo(ofLhs, ofRhs);
  return ofLhs;
}

/** The terms' deviations themselves, added up. */
function deviationsOf({ lhs, rhs, multiply }: Product): Float64Array | undefined {
  const ofLhs = lhs.deviation && multiply(magnitudesOf(lhs.deviation), magnitudesOf(rhs.exact.data));
  const ofRhs = rhs.deviation && multiply(magnitudesOf(lhs.exact.data), magnitudesOf(rhs.deviation));
  if (ofLhs !== undefined) addTo(ofLhs, ofRhs);
  return ofLhs ?? ofRhs;
}

function addTo(to: Float64Array, more: Float64Array | undefined): void {
  if (more === undefined) return;
  for (let index = 0; index < to.length; index++) to[index]! += more[index]!;
}

/** Squares; 0 for what is no finite number, which is dealt with elsewhere. */
function squared(data: Float64Array): Float64Array {
  const squares = new Float64Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const square = data[index]! * data[index]!;
    if (square < Number.POSITIVE_INFINITY) squares[index] = square;
  }
  return squares;
}

function termsIn({ exact: { data }, magnitudes }: Measured): Terms {
  return { data, magnitudes: magnitudes() };
}

function isExactProduct({ lhs, rhs, sizes: { k } }: Product): boolean {
  if (lhs.deviation !== undefined || rhs.deviation !== undefined) return false;
  return areProductsExact(k, termsIn(lhs), termsIn(rhs));
}

/** Where rows of lhs and columns of rhs both take few values. */
function repeatingProducts({ lhs, rhs, sizes: { k }, transposes, multiply }: Product): Float64Array | undefined {
  const axisOf = (isLast: boolean): number => (isLast ? -1 : -2);
  const rows = findRepeating(lhs.exact, [axisOf(!transposes.transpose_lhs)], k);
  const columns = rows === undefined ? undefined : findRepeating(rhs.exact, [axisOf(transposes.transpose_rhs)], k);
  return rows === undefined || columns === undefined ? undefined : multiply(rows.spread(), columns.spread());
}

/** Where an operand may be anything, an infinity may meet a 0, or partial sums may overflow though the sum does not. */
function unknownProducts({ lhs, rhs, sizes: { k }, multiply, result }: Product): Float64Array | undefined {
  const ones = ({ exact }: Measured): Float64Array => new Float64Array(exact.data.length).fill(1);
  const [unknownLeft, unknownRight] = [whereUnknown(lhs), whereUnknown(rhs)];
  const [infiniteLeft, infiniteRight] = [whereInfinite(lhs), whereInfinite(rhs)];
  const meetings: readonly (readonly [Float64Array | undefined, Float64Array | undefined])[] = [
    [unknownLeft, unknownLeft && ones(rhs)],
    [unknownRight && ones(lhs), unknownRight],
    [infiniteLeft, infiniteLeft && whereMaybeZero(rhs)],
    [infiniteRight && whereMaybeZero(lhs), infiniteRight],
  ];
  const unknown = meetings.flatMap(([left, right]) => (left && right ? [multiply(left, right)] : []));
  if (k * lhs.magnitudes().largest * rhs.magnitudes().largest >= overflowStart("f32")) {
    const magnitudes = multiply(magnitudesOf(lhs.exact.data), magnitudesOf(rhs.exact.data));
    unknown.push(magnitudes.map((x, index) => (isUnsettledSum(x, result.data[index]!) ? 1 : 0)));
  }
  const [first, ...more] = unknown;
  for (const other of more) addTo(first as Float64Array, other);
  return first;
}

/** 1 where an executor may give anything, 0 elsewhere; undefined where there is no such element. */
function whereUnknown({ deviation }: Measured): Float64Array | undefined {
  return deviation && whereIs(deviation, Number.POSITIVE_INFINITY);
}

function whereInfinite({ exact: { data }, magnitudes }: Measured): Float64Array | undefined {
  return magnitudes().hasInfinite ? whereIs(data.map(Math.abs), Number.POSITIVE_INFINITY) : undefined;
}

function whereMaybeZero({ exact: { data }, deviation }: Measured): Float64Array | undefined {
  const mayBeZero = deviation?.map((off, index) => (off > 0 && Math.abs(data[index]!) <= multiple * off ? 1 : 0));
  return mayBeZero && whereIs(mayBeZero, 1);
}

function whereIs(data: Float64Array, wanted: number): Float64Array | undefined {
  let found: Float64Array | undefined;
  for (let index = 0; index < data.length; index++) {
    if (data[index] !== wanted) continue;
    found ??= new Float64Array(data.length);
    found[index] = 1;
  }
  return found;
}

function magnitudesOf(data: Float64Array): Float64Array {
  return data.map((x) => (Number.isFinite(x) ? Math.abs(x) : 0));
}

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

/**
 * Whether partial sums may overflow in some order, unless the sum itself overflows, and only one way: the largest partial sum
 * is that of all terms of one sign.
 */
function isUnsettledSum(sumOfMagnitudes: number, sum: number): boolean {
  const start = overflowStart("f32") * (1 - 2 ** -10);
  if (!Number.isFinite(sum)) return sumOfMagnitudes >= start;
  const larger = (sumOfMagnitudes + Math.abs(sum)) / 2;
  const smaller = (sumOfMagnitudes - Math.abs(sum)) / 2 + sumOfMagnitudes * 2 ** -48;
  return larger >= start && !(Math.abs(sum) >= overflowStart("f32") && smaller < start);
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
