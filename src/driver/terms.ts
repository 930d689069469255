// What the terms of a sum have in common: whether they take few values, and the largest number that divides them all.

import { exponentOf } from "../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { reductionStrides, stridedOffsets } from "../../ir-spec/ops/loops.ts";
import { bounds, isExactSum } from "./bounds.ts";
import { findMagnitudes, type Magnitudes } from "./magnitudes.ts";

/** Fewer terms than this cannot make a systematic error larger than a random one. */
const FEWEST_TERMS = 16;

export interface Repeating {
  /** For each sum 1 where its terms take few values. */
  readonly groups: Uint8Array;
  /** The same for each term. */
  readonly spread: () => Float64Array;
}

/**
 * Finds the sums along `axes` whose terms take few values, as far as the last place of the largest partial sum of terms that are
 * added one after the other can tell them apart; undefined where there is none.
 */
export function findRepeating({ data, shape }: Tensor, axes: readonly number[], terms: number): Repeating | undefined {
  if (terms < FEWEST_TERMS) return undefined;
  const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const groupOf = stridedOffsets(shape, reductionStrides(shape, reduced));
  const groups = new Uint8Array(data.length / terms).fill(1);
  const steps = stepsOf(data, groupOf, groups.length, Math.min(terms, bounds.addedInRow.value));
  const most = bounds.fewValues.value;
  const known = new Float64Array(groups.length * most);
  const counts = new Uint8Array(groups.length);
  for (let index = 0; index < data.length; index++) {
    const group = groupOf[index]!;
    if (groups[group] === 0) continue;
    const level = Math.round(data[index]! / steps[group]!);
    const start = group * most;
    const count = counts[group]!;
    if (isKnown(known, start, start + count, level)) continue;
    if (count === most) groups[group] = 0;
    else known[start + counts[group]!++] = level;
  }
  if (!groups.includes(1)) return undefined;
  return { groups, spread: () => new Float64Array(data.length).map((_, index) => groups[groupOf[index]!]!) };
}

function isKnown(known: Float64Array, from: number, end: number, level: number): boolean {
  for (let index = from; index < end; index++) if (known[index] === level) return true;
  return false;
}

/** For each group a unit in the last place of the largest sum that so many of its terms could make. */
function stepsOf(data: Float64Array, groupOf: Int32Array, groups: number, terms: number): Float64Array {
  const steps = new Float64Array(groups).fill(Number.MIN_VALUE);
  const unit = 2 * bounds.f32RoundOff.value * terms;
  for (let index = 0; index < data.length; index++) {
    const step = Math.abs(data[index]!) * unit;
    if (step > steps[groupOf[index]!]! && step < Number.POSITIVE_INFINITY) steps[groupOf[index]!] = step;
  }
  return steps;
}

/** The largest power of two that divides every number; 0 where they have more than f32's digits, or are not all finite. */
export function granuleOf(data: Float64Array, { largest }: Magnitudes = findMagnitudes(data)): number {
  if (largest === 0) return 1;
  let granule = 2 ** exponentOf(largest);
  const least = granule * bounds.f32RoundOff.value;
  for (const x of data) {
    while (!Number.isInteger(x / granule)) {
      granule /= 2;
      if (granule < least) return 0;
    }
  }
  return granule;
}

/** Numbers of which terms are made. */
export interface Terms {
  readonly data: Float64Array;
  readonly magnitudes: Magnitudes;
}

/** Whether sums of so many of the numbers are exact in f32 in any order. */
export function areSumsExact(terms: number, { data, magnitudes }: Terms): boolean {
  return isExactSum(terms * magnitudes.largest, granuleOf(data, magnitudes));
}

/** The same of sums of so many products. */
export function areProductsExact(terms: number, left: Terms, right: Terms): boolean {
  const largest = terms * left.magnitudes.largest * right.magnitudes.largest;
  return isExactSum(largest, granuleOf(left.data, left.magnitudes) * granuleOf(right.data, right.magnitudes));
}
