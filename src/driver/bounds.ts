// THE TABLE OF NUMERIC BOUNDS: how far an executor may stray from the reference, and why. Every tolerance of the tool and
// of its tests is one of these numbers.
//
// An executor is right when it computes the graph in another order and with fewer roundings. How far that moves an element
// depends on the program: it is measured, element by element, by runs of the reference that differ in just those ways
// (noise.ts): with and without rounding, and with a perturbation of the size of the rounding error after every op. The bound
// is a small multiple of that noise and one unit of the format.

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
      "an executor's error is another draw from the distribution that the noise runs sample: of a million elements with normal errors the largest lies 4.9 standard deviations out, and the difference of two draws spreads by a factor of sqrt(2); independent of the size of the program",
  },
  unitsOfFormat: {
    value: 1,
    reason:
      "values on both sides of a rounding boundary, however near, are one unit apart after the last rounding; so a program without any noise may differ by one unit",
  },
  perturbedRuns: {
    value: 2,
    reason:
      "runs with random perturbations; each element's noise is the largest of them, smoothed by its row's and tensor's",
  },
  noiseSeed: { value: 1, reason: "makes the perturbations, and with them the bounds, the same in every run" },
  f32RoundOff: {
    value: 2 ** -24,
    reason: "executors accumulate and evaluate in f32: half a unit in the last place. Source: IEEE 754-2019, binary32",
  },
  discreteExcess: {
    value: 1,
    reason:
      "integers and bools that hang on floats (comparisons, casts) flip where the floats are nearly tied. Elements that flip in a noise run are not compared; as many others may differ, times this, since the runs find about half of those that can flip",
  },
});

/** Half a unit in the last place of a number near 1. */
export function roundOff(dtype: Dtype): number {
  return 2 ** -(dtypes[dtype].mantissaBits + 1);
}

/**
 * Error of one evaluation in f32, before the result is rounded to its dtype, in units of the f32 round-off:
 * `relative` times the result, plus `absolute` times the largest operand (at least 1).
 */
export interface EvaluationError {
  readonly relative: number;
  readonly absolute: number;
  readonly reason: string;
}

const correctlyRounded: EvaluationError = {
  relative: 1,
  absolute: 0,
  reason: "IEEE 754 operations: one rounding",
};

/** Of ops that are no single IEEE operation; all others are correctly rounded. */
const evaluationErrors: Readonly<Partial<Record<OpName, EvaluationError>>> = {
  div: { relative: 5, absolute: 0, reason: "WGSL: 2.5 units in the last place" },
  reciprocal: { relative: 5, absolute: 0, reason: "WGSL: x / y with 2.5 units in the last place" },
  sqrt: { relative: 5, absolute: 0, reason: "WGSL: inherited from 1 / inverseSqrt(x)" },
  rsqrt: { relative: 4, absolute: 0, reason: "WGSL: 2 units in the last place" },
  exp: { relative: 8, absolute: 0, reason: "a polynomial behind an exact reduction of the argument: a few units" },
  log: { relative: 8, absolute: 0, reason: "as exp" },
  pow: {
    relative: 32,
    absolute: 0,
    reason: "exp of a product with a logarithm: the product's rounding counts times its size",
  },
  tanh: { relative: 12, absolute: 0, reason: "a quotient of exponentials, a polynomial near 0" },
  sigmoid: { relative: 12, absolute: 0, reason: "the reciprocal of 1 + exp(-x)" },
  silu: { relative: 12, absolute: 0, reason: "x times sigmoid" },
  erf: { relative: 12, absolute: 0, reason: "polynomials" },
  gelu: {
    relative: 12,
    absolute: 2,
    reason: "x/2 (1 + erf(..)): the sum cancels for negative x, so the error is one of x rather than of the result",
  },
  sin: {
    relative: 8,
    absolute: 4,
    reason: "reduction of the argument loses units of the argument near multiples of pi",
  },
  cos: { relative: 8, absolute: 4, reason: "as sin" },
  reduce_prod: { relative: 8, absolute: 0, reason: "one rounding for each factor, with random signs" },
};

export function evaluationError(op: OpName): EvaluationError {
  return evaluationErrors[op] ?? correctlyRounded;
}

/** Ops that add up many terms in an order that each executor chooses. */
const sums: Readonly<Partial<Record<OpName, true>>> = { matmul: true, reduce_sum: true, reduce_mean: true };

export function isSum(op: OpName): boolean {
  return sums[op] === true;
}

/**
 * Error of a sum in f32, in units of the f32 round-off. Every addition rounds in proportion to the partial sum that it makes,
 * with random sign. Terms of one sign make partial sums that grow to the result, so the error is sqrt(n) times that; terms of
 * mixed signs make partial sums like a random walk, so the error is near the sum of the magnitudes.
 * Source: N. J. Higham, T. Mary, "A New Approach to Probabilistic Rounding Error Analysis", SIAM J. Sci. Comput. 41 (2019).
 */
export function sumError(terms: number, result: number, sumOfMagnitudes: number): number {
  return sumOfMagnitudes + Math.sqrt(terms) * Math.abs(result);
}
