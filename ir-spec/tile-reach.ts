// Whether an access leaves its buffer in some iteration of the loops around it.

import { type Affine, type Extent, evalAffine, evalExtent, scaleAffine } from "./affine.ts";
import { addSize, askAbout, findPoint, wantAtLeast } from "./domain-point.ts";
import type { AccessDim } from "./tile.ts";
import { boundFromAbove, type Domain, findIteration, isSmall, type ScaledExtent } from "./tile-domain.ts";

/** A run of numbers that an access touches: from `start` on, over `dims`; to lie within 0 .. limit - 1. */
export interface Reach {
  readonly start: Affine;
  readonly dims: readonly AccessDim[];
  readonly limit: number;
  readonly what: string;
  /** All sizes of the access: where one of them is 0, nothing is touched. */
  readonly sizes: readonly Extent[];
}

/** A number that is touched and lies outside; the proof by bounds first, as it needs no iterations. */
export function findOutside(reach: Reach, domain: Domain): number | undefined {
  const { start, dims, limit, sizes } = reach;
  const ahead = dims.filter(({ stride }) => stride > 0);
  const back = dims.filter(({ stride }) => stride < 0);
  const last = boundFromAbove(shifted(start, ahead), ahead.map(scaledSize), domain);
  const negated: Affine = {
    constant: -start.constant,
    terms: start.terms.map(({ loop, scale }) => ({ loop, scale: -scale })),
  };
  const first = -boundFromAbove(shifted(negated, back), back.map(scaledSize), domain);
  if (first >= 0 && last < limit) return undefined;
  if (!isSmall(domain, [start, ...sizes.map((size) => size.limit)])) {
    const found = findByInequalities(reach, domain);
    if (found === undefined) return first < 0 ? first : last;
    return found === "none" ? undefined : found;
  }
  let outside: number | undefined;
  findIteration(domain, [start, ...sizes.map((size) => size.limit)], (indices) => {
    if (sizes.some((size) => evalExtent(size, indices) === 0)) return false;
    const [low, high] = touched(reach, indices);
    if (low < 0) outside = low;
    else if (high >= limit) outside = high;
    return outside !== undefined;
  });
  return outside;
}

/** The same in a nest of any size; undefined where it cannot be decided. */
export function findByInequalities(reach: Reach, domain: Domain): number | "none" | undefined {
  for (const isHigh of [false, true]) {
    const point = findTouching(reach, domain, isHigh);
    if (point === undefined) return undefined;
    if (point !== "none") return touched(reach, point)[isHigh ? 1 : 0];
  }
  return "none";
}

/** An iteration that touches a number below 0, or one from the limit on. */
function findTouching({ start, dims, limit, sizes }: Reach, domain: Domain, isHigh: boolean) {
  const sign = isHigh ? 1 : -1;
  const question = askAbout(domain);
  for (const size of sizes) if (dims.every((dim) => dim.size !== size)) addSize(question, size);
  const steps = new Map<number, number>();
  let distance = 0;
  for (const { stride, size } of dims) {
    const variable = addSize(question, size);
    if (sign * stride <= 0) continue;
    steps.set(variable, sign * stride);
    distance += sign * stride;
  }
  const signed = scaleAffine(start, sign);
  wantAtLeast(question, signed, steps, (isHigh ? limit : 1) + distance);
  return findPoint(question);
}

/** The start less one step along each dimension: with all sizes times their strides added it is the last element. */
function shifted(start: Affine, dims: readonly AccessDim[]): Affine {
  let constant = start.constant;
  for (const { stride } of dims) constant -= Math.abs(stride);
  return { constant, terms: start.terms };
}

function scaledSize({ stride, size }: AccessDim): ScaledExtent {
  return { factor: Math.abs(stride), size };
}

/** The least and the largest number that is touched in an iteration. */
function touched({ start, dims }: Reach, indices: readonly number[]): [low: number, high: number] {
  let low = evalAffine(start, indices);
  let high = low;
  for (const { stride, size } of dims) {
    const distance = stride * (evalExtent(size, indices) - 1);
    if (distance < 0) low += distance;
    else high += distance;
  }
  return [low, high];
}
