// Deviations of products, whose elements are sums (deviation-sums.ts) of terms with two factors.

import { makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import type { NodeOf } from "../../ir-spec/graph.ts";
import { type MatmulSizes, matmulSizes } from "../../ir-spec/ops/contract.ts";
import { evalOp } from "../../targets/ref/eval.ts";
import { bounds, overflowStart } from "./bounds.ts";
import {
  addTo,
  deviationOfSum,
  isUnsettledSum,
  magnitudesOf,
  squared,
  termsIn,
  whereInfinite,
  whereMaybeZero,
  whereUnknown,
} from "./deviation-sums.ts";
import type { Evaluated, Measured } from "./measured.ts";
import { areProductsExact, findRepeating } from "./terms.ts";

const unit = bounds.f32RoundOff.value;

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
