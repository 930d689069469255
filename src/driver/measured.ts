// A value with its error: what the error analysis of noise.ts passes from node to node.

import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { bounds } from "./bounds.ts";
import type { Magnitudes } from "./magnitudes.ts";

export interface Measured {
  /** Without any rounding. */
  readonly exact: Tensor;
  /** Those of `exact`, found when they are first asked for. */
  readonly magnitudes: () => Magnitudes;
  /**
   * The standard deviation of each element's error; infinite where an executor may give anything. Undefined where no executor
   * has an error.
   */
  readonly deviation: Float64Array | undefined;
  /** True where it is known that no executor gives a negative number. */
  readonly isNonnegative: boolean;
}

/** Deviations of a float result before it is rounded to its dtype. */
export interface Evaluated {
  readonly before: Float64Array | undefined;
  /** What the op itself has added, without that of its operands, where that is known by itself. */
  readonly own: Float64Array | undefined;
}

/** How many deviations an element may be off. */
export const multiple = bounds.noiseMultiple.value;

/** How far apart two values are; the same infinities and two NaN are not, a NaN and a number are infinitely far. */
export function distance(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const between = Math.abs(a - b);
  return Number.isNaN(between) ? Number.POSITIVE_INFINITY : between;
}
