// Compares what an executor gave with the reference, element by element, within the bounds of bounds.ts. NaN never matches a
// number, so unwritten memory never passes; an output that is all zeros where the reference is not never passes either.

import { isFloat, ulpAt } from "../../ir-spec/base/dtype.ts";
import { printType, type Tensor, typesEqual } from "../../ir-spec/base/tensor.ts";
import { bounds } from "./bounds.ts";
import type { NoisyReference } from "./noise.ts";

export interface Worst {
  /** Position in the row-major tensor. */
  readonly index: number;
  readonly found: number;
  readonly wanted: number;
  readonly bound: number;
}

export interface Comparison {
  readonly a: string;
  readonly b: string;
  /** Whether every float was widened to f32. */
  readonly precise: boolean;
  readonly maxAbsError: number;
  /** The largest error in units in the last place of the larger of both values. */
  readonly maxUlp: number;
  /** The bound of the element that comes nearest to it, or passes it by most. */
  readonly bound: number;
  readonly agree: boolean;
  readonly differingElements: number;
  /** In words, where they differ. */
  readonly reason?: string;
  readonly worst?: Worst;
}

export type ComparedNames = Pick<Comparison, "a" | "b" | "precise">;

/** The reference of one output, in all its runs. */
interface Wanted {
  readonly rounded: Tensor;
  readonly others: readonly Tensor[];
}

/** Compares one output; `found` is undefined where the executor did not give it. */
export function compareOutput(
  names: ComparedNames,
  name: string,
  found: Tensor | undefined,
  reference: NoisyReference,
): Comparison {
  const rounded = reference.rounded.get(name) as Tensor;
  const others = [reference.exact, ...reference.samples].map((tensors) => tensors.get(name) as Tensor);
  if (found === undefined) return refused(names, rounded, "it gave no such output");
  if (!typesEqual(found, rounded))
    return refused(names, rounded, `it gave ${printType(found)}, expected ${printType(rounded)}`);
  const isZero = found.data.every((x) => x === 0);
  const isMeantZero = rounded.data.every((x) => x === 0) || others.some(({ data }) => data.every((x) => x === 0));
  if (isZero && !isMeantZero) return refused(names, rounded, "every element is zero, those of the reference are not");
  const wanted = { rounded, others };
  return isFloat(rounded.dtype) ? compareFloats(names, found, wanted) : compareDiscrete(names, found, wanted);
}

function refused(names: ComparedNames, { data }: Tensor, reason: string): Comparison {
  const infinite = Number.POSITIVE_INFINITY;
  return {
    ...names,
    maxAbsError: infinite,
    maxUlp: infinite,
    bound: 0,
    agree: false,
    differingElements: data.length,
    reason,
  };
}

/** What one element came to: how far it is off, how far it may be, and whether that is too far. */
interface Verdict {
  readonly error: number;
  readonly bound: number;
  readonly isWrong: boolean;
}

function compareFloats(names: ComparedNames, found: Tensor, wanted: Wanted): Comparison {
  const noise = smoothedNoise(wanted);
  const { dtype } = found;
  return judge(names, found, wanted.rounded, (index) => {
    const b = found.data[index]!;
    const a = wanted.rounded.data[index]!;
    if (!Number.isFinite(a) || !Number.isFinite(b)) return judgeNonFinite(a, b, wanted, index);
    const error = Math.abs(b - a);
    const unit = ulpAt(dtype, Math.max(Math.abs(a), Math.abs(b)));
    const bound = bounds.noiseMultiple.value * noise[index]! + bounds.unitsOfFormat.value * unit;
    return { error, bound, isWrong: error > bound };
  });
}

/** An infinity must be one in a run of the reference as well (a program may overflow in one rounding and not in another). */
function judgeNonFinite(a: number, b: number, { others }: Wanted, index: number): Verdict {
  if (Object.is(a, b)) return { error: 0, bound: 0, isWrong: false };
  const isNumberByNan = Number.isNaN(a) !== Number.isNaN(b);
  const isSeen = others.some(({ data }) => data[index] === b || (Number.isFinite(b) && Number.isFinite(data[index])));
  const isWrong = isNumberByNan || !isSeen;
  return { error: isWrong ? Number.POSITIVE_INFINITY : 0, bound: 0, isWrong };
}

/**
 * For each element how far the runs of the reference lie apart; at least the root mean square of that over the element's row
 * and over the tensor, so that an element on which all runs agree by luck is not held to more than the others.
 */
function smoothedNoise({ rounded, others }: Wanted): Float64Array {
  const exact = others[0] as Tensor;
  const runs = [rounded, ...others];
  const noise = new Float64Array(rounded.data.length);
  for (let index = 0; index < noise.length; index++) {
    for (const { data } of runs) {
      const distance = Math.abs(data[index]! - exact.data[index]!);
      if (Number.isFinite(distance) && distance > noise[index]!) noise[index] = distance;
    }
  }
  const ofTensor = rootMeanSquare(noise);
  const rowLength = Math.max(1, rounded.shape.at(-1) ?? 1);
  for (let start = 0; start < noise.length; start += rowLength) {
    const row = noise.subarray(start, start + rowLength);
    const min = Math.max(ofTensor, rootMeanSquare(row));
    for (let index = 0; index < row.length; index++) row[index] = Math.max(row[index]!, min);
  }
  return noise;
}

function rootMeanSquare(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

/**
 * Integers and bools are the same, but where they hang on floats that are nearly tied: elements on which the runs of the
 * reference do not agree are not compared, and as many others may differ (see `discreteExcess`).
 */
function compareDiscrete(names: ComparedNames, found: Tensor, { rounded, others }: Wanted): Comparison {
  const isSettled = (index: number): boolean => others.every(({ data }) => data[index] === rounded.data[index]);
  let unsettled = 0;
  for (let index = 0; index < rounded.data.length; index++) if (!isSettled(index)) unsettled++;
  const compared = judge(names, found, rounded, (index) => {
    const b = found.data[index]!;
    const error = Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.abs(b - rounded.data[index]!);
    return { error, bound: 0, isWrong: error === Number.POSITIVE_INFINITY || (error > 0 && isSettled(index)) };
  });
  const isExcused =
    compared.maxAbsError < Number.POSITIVE_INFINITY &&
    compared.differingElements <= unsettled * bounds.discreteExcess.value;
  if (compared.agree || !isExcused) return compared;
  const { reason: _reason, ...rest } = compared;
  return { ...rest, agree: true };
}

/** Gathers the verdicts of all elements. */
function judge(
  names: ComparedNames,
  found: Tensor,
  rounded: Tensor,
  verdictOf: (index: number) => Verdict,
): Comparison {
  let maxAbsError = 0;
  let maxUlp = 0;
  let differingElements = 0;
  let worst: Worst | undefined;
  let worstRatio = -1;
  for (let index = 0; index < found.data.length; index++) {
    const { error, bound, isWrong } = verdictOf(index);
    const [b, a] = [found.data[index]!, rounded.data[index]!];
    maxAbsError = Math.max(maxAbsError, error);
    if (error > 0) maxUlp = Math.max(maxUlp, error / ulpAt(found.dtype, Math.max(Math.abs(a), Math.abs(b))));
    if (isWrong) differingElements++;
    const ratio = isWrong && bound === 0 ? Number.POSITIVE_INFINITY : error / Math.max(bound, Number.MIN_VALUE);
    if (ratio <= worstRatio) continue;
    worstRatio = ratio;
    worst = { index, found: b, wanted: a, bound };
  }
  const agree = differingElements === 0;
  const reason = `${differingElements} of ${found.data.length} elements differ by more than their bound`;
  const isFar = worst !== undefined && maxAbsError > 0;
  return {
    ...names,
    maxAbsError,
    maxUlp,
    bound: worst?.bound ?? 0,
    agree,
    differingElements,
    ...(agree ? {} : { reason }),
    ...(isFar ? { worst: worst as Worst } : {}),
  };
}
