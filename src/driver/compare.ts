// Compares what an executor gave with the reference, element by element, within the bounds of bounds.ts. An element's bound
// comes from its own noise alone. NaN never matches a number, so unwritten memory never passes; an output that is all zeros
// where the reference is not passes only where that is nothing but noise. Where f32 may overflow on the way, anything passes, and
// that is counted.

import { isFloat, ulpAt } from "../../ir-spec/base/dtype.ts";
import { printType, type Tensor, typesEqual } from "../../ir-spec/base/tensor.ts";
import { bounds, overflowStart } from "./bounds.ts";
import { distance, multiple } from "./measured.ts";
import type { NoisyOutput, NoisyReference } from "./noise.ts";

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
  /** Elements that nothing can be said of, as f32 may overflow on the way to them. */
  readonly uncheckedElements: number;
  /** In words, where they differ. */
  readonly reason?: string;
  readonly worst?: Worst;
}

export type ComparedNames = Pick<Comparison, "a" | "b" | "precise">;

/** Compares one output; `found` is undefined where the executor did not give it. */
export function compareOutput(
  names: ComparedNames,
  name: string,
  found: Tensor | undefined,
  reference: NoisyReference,
): Comparison {
  const wanted = reference.get(name) as NoisyOutput;
  const { rounded, exact, sample } = wanted;
  if (found === undefined) return refused(names, rounded, "it gave no such output");
  if (!typesEqual(found, rounded))
    return refused(names, rounded, `it gave ${printType(found)}, expected ${printType(rounded)}`);
  const isZero = found.data.every((x) => x === 0);
  const isMeantZero = [rounded, exact, sample].some(({ data }) => data.every((x) => x === 0));
  const mayBeZero = isFloat(rounded.dtype) ? Number.POSITIVE_INFINITY : 1 / multiple;
  const isUnknown = wanted.deviation?.some((x) => x >= mayBeZero) === true;
  if (isZero && !isMeantZero && !isUnknown && !isNoiseOnly(wanted))
    return refused(names, rounded, "every element is zero, those of the reference are not");
  const verdictOf = isFloat(rounded.dtype) ? judgeFloat : judgeDiscrete;
  return judge(names, found, rounded, (index) => verdictOf(found.data[index]!, wanted, index));
}

/** Whether no element is as large as its own noise, as after a cancellation that leaves rounding errors: then all may be zero. */
function isNoiseOnly({ exact, deviation }: NoisyOutput): boolean {
  return deviation !== undefined && exact.data.every((x, index) => Math.abs(x) <= deviation[index]!);
}

/** Compares an output bit for bit, on inputs for which no right executor rounds; the sign of a zero may be that of either sum. */
export function compareExactly(names: ComparedNames, found: Tensor | undefined, wanted: Tensor): Comparison {
  if (found === undefined) return refused(names, wanted, "it gave no such output");
  if (!typesEqual(found, wanted))
    return refused(names, wanted, `it gave ${printType(found)}, expected ${printType(wanted)}`);
  return judge(names, found, wanted, (index) => {
    const error = distance(found.data[index]!, wanted.data[index]!);
    return { error, bound: 0, isWrong: error !== 0 };
  });
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
    uncheckedElements: 0,
    reason,
  };
}

/** What one element came to: how far it is off, how far it may be, and whether that is too far. */
interface Verdict {
  readonly error: number;
  readonly bound: number;
  readonly isWrong: boolean;
  readonly isUnchecked?: boolean;
}

const right: Verdict = { error: 0, bound: 0, isWrong: false };
const unchecked: Verdict = { ...right, isUnchecked: true };

function judgeFloat(found: number, output: NoisyOutput, index: number): Verdict {
  const { rounded, deviation, range } = output;
  const wanted = rounded.data[index]!;
  if (deviation?.[index] === Number.POSITIVE_INFINITY) return unchecked;
  if (!Number.isFinite(wanted) || !Number.isFinite(found)) return judgeNonFinite(found, output, index);
  const error = Math.abs(found - wanted);
  const unit = ulpAt(rounded.dtype, Math.max(Math.abs(wanted), Math.abs(found)));
  const own = multiple * noiseOf(output, index) + bounds.unitsOfFormat.value * unit + flushed(wanted);
  if (range === undefined) return { error, bound: own, isWrong: error > own };
  const [least, most] = range;
  const slack = bounds.unitsOutOfRange.value * ulpAt(rounded.dtype, most);
  const bound = Math.min(own, Math.max(wanted - least, most - wanted) + slack);
  const isOutside = found < least - slack || found > most + slack;
  return { error, bound, isWrong: error > bound || isOutside };
}

/** What may be flushed to 0. */
function flushed(x: number): number {
  return Math.abs(x) < bounds.minNormal.value ? Math.abs(x) : 0;
}

/** An element's standard deviation; at least as much as the runs of the reference themselves are apart on it. */
export function noiseOf({ exact, rounded, sample, deviation }: NoisyOutput, index: number): number {
  const x = exact.data[index]!;
  const [ofRounding, ofSample] = [distance(rounded.data[index]!, x), distance(sample.data[index]!, x)];
  const ofRuns = Math.max(Number.isFinite(ofRounding) ? ofRounding : 0, Number.isFinite(ofSample) ? ofSample : 0);
  return Math.max(deviation?.[index] ?? 0, ofRuns);
}

/** An infinity is right where the largest number of the dtype is within the bound, too. */
function judgeNonFinite(found: number, output: NoisyOutput, index: number): Verdict {
  const { rounded, exact } = output;
  const wanted = rounded.data[index]!;
  if (Object.is(wanted, found)) return right;
  const x = exact.data[index]!;
  const isNearEdge =
    Number.isFinite(x) && !Number.isNaN(found) && !Number.isNaN(wanted) && Math.sign(found) === Math.sign(x);
  const bound = multiple * noiseOf(output, index);
  const nearest = Number.isFinite(found) ? Math.abs(found - x) : overflowStart(rounded.dtype) - Math.abs(x);
  const isWrong = !isNearEdge || nearest > bound;
  return { error: isWrong ? Number.POSITIVE_INFINITY : 0, bound: 0, isWrong };
}

/** Integers and bools are the same, but where they hang on floats that may be on the other side of a jump. */
function judgeDiscrete(found: number, { rounded, deviation }: NoisyOutput, index: number): Verdict {
  const off = deviation?.[index] ?? 0;
  if (off === Number.POSITIVE_INFINITY) return unchecked;
  const error = Number.isNaN(found) ? Number.POSITIVE_INFINITY : Math.abs(found - rounded.data[index]!);
  const bound = Math.round(multiple * off);
  return { error, bound, isWrong: error > bound };
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
  let uncheckedElements = 0;
  let worst: Worst | undefined;
  let worstRatio = -1;
  for (let index = 0; index < found.data.length; index++) {
    const { error, bound, isWrong, isUnchecked } = verdictOf(index);
    const [b, a] = [found.data[index]!, rounded.data[index]!];
    maxAbsError = Math.max(maxAbsError, error);
    if (error > 0) maxUlp = Math.max(maxUlp, error / ulpAt(found.dtype, Math.max(Math.abs(a), Math.abs(b))));
    if (isWrong) differingElements++;
    if (isUnchecked === true) uncheckedElements++;
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
    uncheckedElements,
    ...(agree ? {} : { reason }),
    ...(isFar ? { worst: worst as Worst } : {}),
  };
}
