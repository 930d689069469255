// Index arithmetic shared by tile programs and streams: affine functions of loop indices, sizes that a border cuts,
// and flags that depend on the first iteration. Loop indices count from 0 by 1.

import type { LoopId } from "./base/ids.ts";

export interface AffineTerm {
  readonly loop: LoopId;
  readonly scale: number;
}

/** constant + sum of scale * index(loop); terms in order of the loops' nesting, no zero scales, no loop twice. */
export interface Affine {
  readonly constant: number;
  readonly terms: readonly AffineTerm[];
}

/** A size: `max`, or what is left of `limit` at a border: max(0, min(max, limit)). */
export interface Extent {
  readonly max: number;
  readonly limit?: Affine;
}

/** A condition: constant, or true in every iteration but the one where all the loops are at their first. */
export type Flag = boolean | { readonly notFirst: readonly LoopId[] };

/** The current index of every loop, by LoopId. */
export type LoopIndices = readonly number[] | Int32Array;

export function constant(value: number): Affine {
  return { constant: value, terms: [] };
}

export function term(loop: LoopId, scale: number): Affine {
  return scale === 0 ? constant(0) : { constant: 0, terms: [{ loop, scale }] };
}

export function addAffine(...parts: readonly Affine[]): Affine {
  const scales = new Map<LoopId, number>();
  let sum = 0;
  for (const part of parts) {
    sum += part.constant;
    for (const { loop, scale } of part.terms) scales.set(loop, (scales.get(loop) ?? 0) + scale);
  }
  const terms = [...scales].filter(([, scale]) => scale !== 0).map(([loop, scale]) => ({ loop, scale }));
  return { constant: sum, terms: terms.sort((a, b) => a.loop - b.loop) };
}

export function scaleAffine(affine: Affine, by: number): Affine {
  if (by === 0) return constant(0);
  return {
    constant: affine.constant * by,
    terms: affine.terms.map(({ loop, scale }) => ({ loop, scale: scale * by })),
  };
}

export function evalAffine(affine: Affine, indices: LoopIndices): number {
  let value = affine.constant;
  for (const { loop, scale } of affine.terms) value += scale * (indices[loop] ?? 0);
  return value;
}

export function evalExtent(extent: Extent, indices: LoopIndices): number {
  if (extent.limit === undefined) return extent.max;
  return Math.max(0, Math.min(extent.max, evalAffine(extent.limit, indices)));
}

export function evalFlag(flag: Flag, indices: LoopIndices): boolean {
  if (typeof flag === "boolean") return flag;
  return flag.notFirst.some((loop) => (indices[loop] ?? 0) !== 0);
}

export function extent(max: number): Extent {
  return { max };
}

/** min(max, limit), folded where the limit is constant. */
export function clampedExtent(max: number, limit: Affine): Extent {
  if (limit.terms.length === 0) return { max: Math.max(0, Math.min(max, limit.constant)) };
  return { max, limit };
}

export function isConstant(affine: Affine): boolean {
  return affine.terms.length === 0;
}

/** `128*i0 + 64`, `500 - 128*i0`: the constant is before a negative term, else last; it is left out when 0 beside terms. */
export function printAffine(affine: Affine, loopName: (loop: LoopId) => string): string {
  const terms = affine.terms.map(({ loop, scale }) => {
    if (Math.abs(scale) === 1) return `${scale < 0 ? "-" : ""}${loopName(loop)}`;
    return `${scale}*${loopName(loop)}`;
  });
  const isConstantFirst = affine.constant > 0 && (affine.terms[0]?.scale ?? 0) < 0;
  if (isConstantFirst) terms.unshift(String(affine.constant));
  else if (affine.constant !== 0 || terms.length === 0) terms.push(String(affine.constant));
  return printSum(terms);
}

/** `a + b - c` of `a`, `b` and `-c`. */
export function printSum(terms: readonly string[]): string {
  const signed = terms.slice(1).map((part) => (part.startsWith("-") ? ` - ${part.slice(1)}` : ` + ${part}`));
  return `${terms[0] ?? "0"}${signed.join("")}`;
}

/** `128`, or `min(128, 500 - 128*i0)` at a border. */
export function printExtent(size: Extent, loopName: (loop: LoopId) => string): string {
  return size.limit === undefined ? String(size.max) : `min(${size.max}, ${printAffine(size.limit, loopName)})`;
}

/** `true`, `false` or `notFirst(i0, i1)`. */
export function printFlag(flag: Flag, loopName: (loop: LoopId) => string): string {
  return typeof flag === "boolean" ? String(flag) : `notFirst(${flag.notFirst.map(loopName).join(", ")})`;
}
