// THE TABLE OF NUMERIC BOUNDS: how far an executor may stray from the reference, and why. Every tolerance of the tool and
// of its tests is one of these numbers.
//
// An executor is right when it computes the graph in another order and with fewer roundings. How far that moves an element
// depends on the program and on the element: its standard deviation is computed, element by element, from the rounding errors
// of the ops before it (noise.ts). The bound is a small multiple of that deviation and one unit of the format. Nothing is
// averaged over elements, so a large element never widens the bound of a small one.

import { type Dtype, dtypes } from "../../ir-spec/base/dtype.ts";
import type { OpName } from "../../ir-spec/ops/index.ts";

interface Bound {
  readonly value: number;
  readonly reason: string;
}

function defineBounds<const T extends Readonly<Record<string, Bound>>>(rows: T): T {
  return rows;
}

export const bounds = defineBounds({
  noiseMultiple: {
    value: 6,
    reason:
      "standard deviations: of a million elements with normal errors the largest lies 4.9 out; the rest covers errors that depend on each other; independent of the size of the program",
  },
  unitsOfFormat: {
    value: 1,
    reason:
      "values on both sides of a rounding boundary, however near, are one unit apart after the last rounding; so a program without any noise may differ by one unit",
  },
  noiseSeed: { value: 1, reason: "makes the sample run, and with it the bounds, the same in every run" },
  f32RoundOff: {
    value: 2 ** -24,
    reason: "executors accumulate and evaluate in f32: half a unit in the last place. Source: IEEE 754-2019, binary32",
  },
  roundingDeviation: {
    value: 0.42,
    reason:
      "standard deviation of a rounding error in units of the round-off times the number: uniform errors have 1 / sqrt(3) of their largest, which is between 1 and 1/2 of that unit, 0.73 in the mean square over a binade",
  },
  minNormal: {
    value: 2 ** -126,
    reason:
      "executors compute in f32, and an adapter may flush what is smaller to 0, in operands and results. Source: WGSL, Floating Point Evaluation: denormalised values may be flushed",
  },
  fewValues: {
    value: 8,
    reason:
      "terms that take so few values make rounding errors that repeat, so they add up rather than cancel; more than this behave like random ones",
  },
  addedInRow: {
    value: 2 ** 16,
    reason:
      "terms that are added one after the other before their sum goes to others: at most a row of a partition, which has 245,752 B on the largest machine, in f32; WGSL kernels take the root of a reduction's terms, 64 of a product's, and the systolic array 16",
  },
  unitsOutOfRange: {
    value: 8,
    reason:
      "units of the format by which the result of a function may leave its range (a tanh of 1 + 2^-23): WGSL allows as much",
  },
});

/** Half a unit in the last place of a number near 1. */
export function roundOff(dtype: Dtype): number {
  return 2 ** -(dtypes[dtype].mantissaBits + 1);
}

/** The largest error of rounding a number to a float dtype: a share of it, and at least that of subnormals. Overflow is no error. */
export function roundingErrors(dtype: Dtype): { readonly relative: number; readonly least: number } {
  const { mantissaBits, minExponent } = dtypes[dtype];
  return { relative: roundOff(dtype), least: 2 ** (minExponent - mantissaBits - 1) };
}

/** From here on a number rounds to infinity. */
export function overflowStart(dtype: Dtype): number {
  return dtypes[dtype].maxFinite * (1 + roundOff(dtype) / 2);
}

/**
 * Error of one evaluation in f32, before the result is rounded to its dtype, in units of the f32 round-off:
 * `relative` times the result, plus `absolute` times the largest operand (at least 1, at most `maxOperand`).
 */
export interface EvaluationError {
  readonly relative: number;
  readonly absolute: number;
  readonly maxOperand?: number;
  /** What the op can give at all. */
  readonly range?: readonly [least: number, most: number];
  readonly reason: string;
}

const correctlyRounded: EvaluationError = {
  relative: 1,
  absolute: 0,
  reason: "IEEE 754 operations: one rounding",
};

/**
 * Of ops that are no single IEEE operation; all others are correctly rounded. So are reciprocals on every executor: WGSL's own
 * quotients, which need not be, are not used. Source: targets/gpu-host/wgsl/functions-division.ts.
 */
const evaluationErrors: Readonly<Partial<Record<OpName, EvaluationError>>> = {
  div: {
    relative: 3,
    absolute: 0,
    reason:
      "on the machine a reciprocal, a product and a correction, within one unit in the last place (test/unit/special-values); WGSL divides by integers, correctly rounded",
  },
  sqrt: { relative: 2, absolute: 0, reason: "WGSL: a root and one step of correction, itself rounded" },
  rsqrt: { relative: 3, absolute: 0, reason: "WGSL: the quotient of 1 and such a root" },
  exp: { relative: 8, absolute: 0, reason: "a polynomial after an exact reduction of the argument: a few units" },
  log: { relative: 8, absolute: 0, reason: "as exp" },
  pow: {
    relative: 32,
    absolute: 0,
    reason: "exp of a product with a logarithm: the product's rounding counts times its size",
  },
  tanh: { relative: 12, absolute: 0, range: [-1, 1], reason: "a quotient of exponentials, a polynomial near 0" },
  sigmoid: { relative: 12, absolute: 0, range: [0, 1], reason: "the reciprocal of 1 + exp(-x)" },
  silu: { relative: 12, absolute: 0, reason: "x times sigmoid" },
  erf: { relative: 12, absolute: 0, range: [-1, 1], reason: "polynomials" },
  softplus: { relative: 12, absolute: 0, reason: "an exponential, and a series or a logarithm of it" },
  atan: {
    relative: 12,
    absolute: 0,
    range: [-Math.PI / 2, Math.PI / 2],
    reason: "a polynomial of x, or of its reciprocal taken off a right angle",
  },
  gelu: {
    relative: 12,
    absolute: 2,
    maxOperand: 16,
    reason:
      "x/2 (1 + erf(..)): the sum cancels for negative x, so the error is one of x rather than of the result; below -16 the result is 0",
  },
  sin: {
    relative: 8,
    absolute: 4,
    maxOperand: 1,
    range: [-1, 1],
    reason:
      "near multiples of pi the error is one of 1 rather than of the result. The reduction of the argument loses nothing more: the argument is a number like any other, and the sine of that very number is wanted",
  },
  cos: { relative: 8, absolute: 4, maxOperand: 1, range: [-1, 1], reason: "as sin" },
  softmax: { relative: 20, absolute: 0, range: [0, 1], reason: "a quotient of an exponential and a sum of them" },
};

export function evaluationError(op: OpName): EvaluationError {
  return evaluationErrors[op] ?? correctlyRounded;
}

/**
 * Standard deviation of the error of a sum of n terms in f32. Each of its n additions rounds in proportion to the partial sum
 * that it makes, with random sign. Terms of mixed signs make partial sums of at most about the root of n times the terms'
 * root mean square, also when one term outweighs the others; terms of one sign make partial sums that grow to the result.
 * Source: N. J. Higham, T. Mary, "A New Approach to Probabilistic Rounding Error Analysis", SIAM J. Sci. Comput. 41 (2019).
 */
export function sumDeviation(terms: number, result: number, sumOfSquares: number): number {
  const ofMixedSigns = (terms * sumOfSquares) / 3;
  const ofOneSign = (terms * result * result) / 9;
  return bounds.f32RoundOff.value * Math.sqrt(ofMixedSigns + ofOneSign);
}

/** The most additions that a term goes through where terms are added in rows, and then the rows' sums. */
export function additionsOf(terms: number): number {
  const inRow = bounds.addedInRow.value;
  return terms <= inRow ? terms : inRow + terms / inRow;
}

/**
 * The largest error of a sum of n terms whose rounding errors all go one way: half a round-off of the sum of magnitudes for each
 * addition that a term goes through, as partial sums are half of it on average. Equal terms come near it.
 */
export function systematicSumError(terms: number, sumOfMagnitudes: number): number {
  return (additionsOf(terms) / 2) * bounds.f32RoundOff.value * sumOfMagnitudes;
}

/** Whether sums of numbers that are multiples of `granule`, with magnitudes up to `largest` together, are exact in f32. */
export function isExactSum(largest: number, granule: number): boolean {
  return largest <= granule / bounds.f32RoundOff.value;
}
