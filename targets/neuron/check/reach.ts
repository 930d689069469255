// Where an operand can lie over all executions of its instruction, and its granules: worked out from the
// text of the program, before it is executed. Shadow memory is cut accordingly, so that a tile that is only ever touched
// as a whole is one granule and not thousands.

import { type Affine, constant, type Extent } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Operand } from "../stream.ts";
import type { Counts } from "./program.ts";

/** Bytes of one partition, or of a tensor. */
export interface Reach {
  /** The lowest byte of any execution, and one past the highest. */
  readonly lowBytes: number;
  readonly endBytes: number;
  /** Counted from `lowBytes`, every execution touches whole granules of this size. */
  readonly granuleBytes: number;
}

/** Whether no execution of the operand touches a byte: such a one has no granules. */
export function touchesNothing(operand: Operand): boolean {
  return operand.dims.some(({ size }) => size.max <= 0) || (operand.memory !== "hbm" && operand.partitions.max <= 0);
}

/** The greatest number that divides both; 0 is divided by all. */
export function gcd(a: number, b: number): number {
  let [left, right] = [Math.abs(a), Math.abs(b)];
  while (right > 0) [left, right] = [right, left % right];
  return left;
}

interface ByteRange {
  readonly low: number;
  readonly high: number;
}

export function reachOf(operand: Operand, counts: Counts): Reach {
  const elementBytes = dtypeBytes(operand.dtype);
  const ranges: ByteRange[] = [affineRange(operand.address.base, counts.trips)];
  for (const { ring, scale } of operand.address.rings) ranges.push(rangeOf(scale, counts.slots[ring] ?? 1));
  for (const { stride, size } of operand.dims) ranges.push(rangeOf(stride * elementBytes, size.max));
  const lowBytes = ranges.reduce((sum, { low }) => sum + low, 0);
  const endBytes = ranges.reduce((sum, { high }) => sum + high, elementBytes);
  return { lowBytes, endBytes, granuleBytes: granuleBytes(operand, elementBytes) };
}

/** Of `scale` times an index that counts to `count`. */
function rangeOf(scale: number, count: number): ByteRange {
  const last = scale * Math.max(0, count - 1);
  return { low: Math.min(0, last), high: Math.max(0, last) };
}

function affineRange(affine: Affine, trips: readonly number[]): ByteRange {
  let [low, high] = [affine.constant, affine.constant];
  for (const { loop, scale } of affine.terms) {
    const term = rangeOf(scale, trips[loop] ?? 1);
    low += term.low;
    high += term.high;
  }
  return { low, high };
}

/**
 * Divides all that moves the operand's runs, and the runs themselves: the dimensions that continue each other without a
 * gap. After a dimension of varying size nothing surely continues.
 */
function granuleBytes({ dims, address }: Operand, elementBytes: number): number {
  const byStride = dims.filter(({ stride, size }) => stride !== 0 && !isOne(size));
  byStride.sort((a, b) => Math.abs(a.stride) - Math.abs(b.stride));
  let runBytes = elementBytes;
  let steps = 0;
  let isRun = true;
  for (const { stride, size } of byStride) {
    const strideBytes = stride * elementBytes;
    if (isRun && strideBytes === runBytes) {
      runBytes *= sizeDivisor(size);
      isRun = size.limit === undefined;
    } else steps = gcd(steps, strideBytes);
  }
  for (const { scale } of [...address.base.terms, ...address.rings]) steps = gcd(steps, scale);
  return gcd(steps, runBytes);
}

const isOne = ({ max, limit }: Extent): boolean => max === 1 && limit === undefined;

/** Divides every size that is not 0; 1 where there is none but 0. */
function sizeDivisor({ max, limit = constant(max) }: Extent): number {
  return limit.terms.reduce((divisor, { scale }) => gcd(divisor, scale), gcd(max, limit.constant)) || 1;
}
