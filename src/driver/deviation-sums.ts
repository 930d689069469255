// Deviations of sums, those of products and of reductions alike. Errors of the terms count as independent, so their squares add up; where
// the terms take few values only, errors repeat, and then they add up themselves.

import { overflowStart, sumDeviation, systematicSumError } from "./bounds.ts";
import { type Measured, multiple } from "./measured.ts";
import type { Terms } from "./terms.ts";

/** What a sum is made of, for each element of the result. */
export interface SumParts {
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
export function deviationOfSum(parts: SumParts): Float64Array {
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

/**
 * Whether partial sums may overflow in some order, unless the sum itself overflows, and only one way: the largest partial sum
 * is that of all terms of one sign.
 */
export function isUnsettledSum(sumOfMagnitudes: number, sum: number): boolean {
  const start = overflowStart("f32") * (1 - 2 ** -10);
  if (!Number.isFinite(sum)) return sumOfMagnitudes >= start;
  const larger = (sumOfMagnitudes + Math.abs(sum)) / 2;
  const smaller = (sumOfMagnitudes - Math.abs(sum)) / 2 + sumOfMagnitudes * 2 ** -48;
  return larger >= start && !(Math.abs(sum) >= overflowStart("f32") && smaller < start);
}

export function addTo(to: Float64Array, more: Float64Array | undefined): void {
  if (more === undefined) return;
  for (let index = 0; index < to.length; index++) to[index]! += more[index]!;
}

/** Squares; 0 for what is no finite number, which is dealt with elsewhere. */
export function squared(data: Float64Array): Float64Array {
  const squares = new Float64Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const square = data[index]! * data[index]!;
    if (square < Number.POSITIVE_INFINITY) squares[index] = square;
  }
  return squares;
}

export function termsIn({ exact: { data }, magnitudes }: Measured): Terms {
  return { data, magnitudes: magnitudes() };
}

/** 1 where an executor may give anything, 0 elsewhere; undefined where there is no such element. */
export function whereUnknown({ deviation }: Measured): Float64Array | undefined {
  return deviation && whereIs(deviation, Number.POSITIVE_INFINITY);
}

export function whereInfinite({ exact: { data }, magnitudes }: Measured): Float64Array | undefined {
  return magnitudes().hasInfinite ? whereIs(data.map(Math.abs), Number.POSITIVE_INFINITY) : undefined;
}

export function whereMaybeZero({ exact: { data }, deviation }: Measured): Float64Array | undefined {
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

export function magnitudesOf(data: Float64Array): Float64Array {
  return data.map((x) => (Number.isFinite(x) ? Math.abs(x) : 0));
}
