// The product of the systolic array, in plain loops ordered for speed: it is nearly all of a simulation's work.

import type { Block } from "./define.ts";

/**
 * dst[i, j] += sum over q of stationary[q, i] * moving[q, j], in f64, the sum in the order of q.
 * dst: [m, n], stationary: [k, m], moving: [k, n].
 */
export function addProduct(dst: Block, stationary: Block, moving: Block): void {
  const sums = new Float64Array(dst.f);
  for (let i = 0; i < dst.p; i++) {
    sums.fill(0);
    sumRow(sums, i, stationary, moving);
    const row = dst.data.subarray(i * dst.f, (i + 1) * dst.f);
    for (let j = 0; j < row.length; j++) row[j] = row[j]! + sums[j]!;
  }
}

/** sums[j] += sum over q of stationary[q, i] * moving[q, j]; four rows q at a time, so that a sum is loaded and stored less often. */
function sumRow(sums: Float64Array, i: number, stationary: Block, moving: Block): void {
  const { f: m, data: held, p: k } = stationary;
  const { f: n, data: x } = moving;
  let q = 0;
  for (; q + 4 <= k; q += 4) {
    const w0 = held[q * m + i]!;
    const w1 = held[(q + 1) * m + i]!;
    const w2 = held[(q + 2) * m + i]!;
    const w3 = held[(q + 3) * m + i]!;
    const x0 = q * n;
    const x1 = x0 + n;
    const x2 = x1 + n;
    const x3 = x2 + n;
    for (let j = 0; j < n; j++) {
      sums[j] = sums[j]! + w0 * x[x0 + j]! + w1 * x[x1 + j]! + w2 * x[x2 + j]! + w3 * x[x3 + j]!;
    }
  }
  for (; q < k; q++) {
    const w = held[q * m + i]!;
    for (let j = 0; j < n; j++) sums[j] = sums[j]! + w * x[q * n + j]!;
  }
}
