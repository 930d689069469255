// The product of the systolic array, which fixes its arithmetic. The simulator computes the same thing, bit for bit, with
// SIMD where it can (sim/array.ts).

import type { Block } from "./define.ts";

/** Rows of the operands whose products are added up before their sum goes to the sum of the rows before. */
const rowsPerRun = 16;

/**
 * dst[i, j] += sum over q of stationary[q, i] * moving[q, j], in f32: the products of each run of 16 rows are added up from
 * the left, and so are the sums of the runs.
 * dst: [m, n], stationary: [k, m], moving: [k, n].
 */
export function addProduct(dst: Block, stationary: Block, moving: Block): void {
  const held = Float32Array.from(stationary.data);
  const x = Float32Array.from(moving.data);
  const runSums = new Float32Array(dst.f);
  const sums = new Float32Array(dst.f);
  for (let i = 0; i < dst.p; i++) {
    sums.fill(0);
    for (let first = 0; first < moving.p; first += rowsPerRun) {
      runSums.fill(0);
      const last = Math.min(moving.p, first + rowsPerRun);
      for (let q = first; q < last; q++) addRow(runSums, held[q * stationary.f + i]!, x, q * moving.f);
      addRow(sums, 1, runSums, 0);
    }
    const at = i * dst.f;
    for (let j = 0; j < dst.f; j++) dst.data[at + j] = Math.fround(dst.data[at + j]! + sums[j]!);
  }
}

/** sums[j] += factor * x[from + j], each step rounded to f32. */
function addRow(sums: Float32Array, factor: number, x: Float32Array, from: number): void {
  for (let j = 0; j < sums.length; j++) {
    sums[j] = Math.fround(sums[j]! + Math.fround(factor * x[from + j]!));
  }
}
