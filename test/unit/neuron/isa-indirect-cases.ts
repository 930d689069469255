// Cases of operands of which indices pick the elements.

import { tile } from "./isa-fixtures.ts";
import { element, fill, type InstCase } from "./isa-special-fixtures.ts";

const f32 = Math.fround;
const [p, n, k] = [5, 12, 7];
const inPsum = { memory: "psum" } as const;
/** Elements of a row that lie apart, the last run not at its end. */
const gaps = { sizes: [3, 4], strides: [7, 1] } as const;
const indices = tile("i32", 1, k, { startPartition: 32 });

/** Twice the same, backwards, the first and the last; with places before the tile and after it if `isBeyond`. */
const put =
  (isBeyond: boolean): NonNullable<InstCase["prepare"]> =>
  (blocks) => {
    for (const [name, block] of Object.entries(blocks)) {
      const chosen = isBeyond ? [3, -1, 11, 0, 12, 3, 2] : [3, 3, 11, 0, 7, 6, 2];
      if (name.endsWith("_index")) block.data.set(name === "rhs_index" ? chosen.toReversed() : chosen);
    }
  };

/** Integers, so that the order of the sums makes no difference. */
const putWhole: NonNullable<InstCase["prepare"]> = (blocks) => {
  put(false)(blocks);
  for (const [name, { data }] of Object.entries(blocks)) if (!name.endsWith("_index")) data.set(data.map(Math.round));
};

export const indirectCases: readonly InstCase[] = [
  {
    name: "tensor_copy",
    unit: "dve",
    operands: { dst: tile("bf16", p, k), src: tile("bf16", p, n, gaps), src_index: indices },
    prepare: put(false),
    expected: ({ src, src_index }) => ({ dst: fill(p, k, (i, j) => element(src, i, element(src_index, 0, j))) }),
  },
  {
    name: "tensor_copy",
    unit: "act",
    operands: { dst: tile("f32", p, k), src: tile("f32", p, n, inPsum), src_index: indices },
    prepare: put(true),
    expected: ({ src, src_index }) => ({
      dst: fill(p, k, (i, j) => {
        const place = element(src_index, 0, j);
        return place < 0 || place >= n ? Number.NaN : element(src, i, place);
      }),
    }),
  },
  {
    name: "tensor_copy",
    unit: "pool",
    operands: { dst: tile("f32", p, k), src: tile("i8", p, n), src_index: indices },
    prepare: put(true),
    expected: ({ src, src_index }) => ({
      dst: fill(p, k, (i, j) => {
        const place = element(src_index, 0, j);
        return place < 0 || place >= n ? 0 : element(src, i, place);
      }),
    }),
  },
  {
    name: "tensor_tensor",
    unit: "dve",
    operands: {
      ...{ dst: tile("f32", p, k), lhs: tile("f32", p, n, inPsum), rhs: tile("bf16", p, n) },
      ...{ lhs_index: indices, rhs_index: tile("i32", 1, k) },
    },
    values: { op: "subtract" },
    prepare: put(false),
    expected: ({ lhs, rhs, lhs_index, rhs_index }) => ({
      dst: fill(p, k, (i, j) =>
        f32(element(lhs, i, element(lhs_index, 0, j)) - element(rhs, i, element(rhs_index, 0, j))),
      ),
    }),
  },
  {
    name: "tensor_tensor",
    unit: "dve",
    operands: { dst: tile("u8", p, k), lhs: tile("u8", p, k), rhs: tile("u8", p, n), rhs_index: indices },
    values: { op: "bitwise_xor" },
    prepare: put(false),
    expected: ({ lhs, rhs, rhs_index }) => ({
      dst: fill(p, k, (i, j) => element(lhs, i, j) ^ element(rhs, i, element(rhs_index, 0, j))),
    }),
  },
  {
    name: "tensor_scalar",
    unit: "pool",
    operands: { dst: tile("f32", p, k), src: tile("f32", p, n), scalar0: tile("f32", p, 1), src_index: indices },
    values: { op0: "multiply" },
    prepare: put(false),
    expected: ({ src, scalar0, src_index }) => ({
      dst: fill(p, k, (i, j) => f32(element(src, i, element(src_index, 0, j)) * element(scalar0, i))),
    }),
  },
  {
    name: "activation",
    unit: "act",
    operands: { dst: tile("bf16", p, k), sum: tile("f32", p, 1), src: tile("f32", p, n, gaps), src_index: indices },
    values: { func: "relu", scale: 2 },
    prepare: put(false),
    expected: ({ src, src_index }) => {
      const dst = fill(p, k, (i, j) => Math.max(0, element(src, i, element(src_index, 0, j)) * 2));
      const sumOf = (i: number): number => dst.subarray(i * k, (i + 1) * k).reduce((sum, x) => f32(sum + x), 0);
      return { dst, sum: fill(p, 1, sumOf) };
    },
  },
  {
    name: "exponential",
    unit: "dve",
    operands: {
      ...{ dst: tile("f32", p, k), src: tile("bf16", p, n), shift: tile("f32", p, 1) },
      src_index: tile("i32", 1, k, inPsum),
    },
    prepare: put(false),
    expected: ({ src, shift, src_index }) => ({
      dst: fill(p, k, (i, j) => f32(Math.exp(f32(element(src, i, element(src_index, 0, j)) - element(shift, i))))),
    }),
  },
  {
    name: "tensor_copy",
    unit: "dve",
    operands: {
      ...{ dst: tile("bf16", p, n, gaps), src: tile("f32", p, n) },
      ...{ src_index: indices, dst_index: tile("i32", 1, k, { startPartition: 64 }) },
    },
    prepare: ({ src_index, dst_index }) => {
      src_index?.data.set([0, 1, 2, 3, 4, 5, 11]);
      dst_index?.data.set([5, 0, 5, -1, 12, 7, 11]);
    },
    expected: ({ dst, src }) => ({
      dst: fill(p, n, (i, j) =>
        element([5, 0, 7, 11].includes(j) ? src : dst, i, { 5: 2, 0: 1, 7: 5, 11: 11 }[j] ?? j),
      ),
    }),
  },
  {
    name: "activation",
    unit: "act",
    operands: { dst: tile("f32", p, n), sum: tile("f32", p, 1), src: tile("f32", p, k), dst_index: indices },
    values: { func: "abs" },
    prepare: put(false),
    expected: ({ dst, src, dst_index }) => {
      const after = fill(p, n, (i, j) => element(dst, i, j));
      const sums = new Float64Array(p);
      for (let i = 0; i < p; i++) {
        for (let j = 0; j < k; j++) {
          const x = Math.abs(element(src, i, j));
          sums[i] = f32((sums[i] ?? 0) + x);
          after[i * n + element(dst_index, 0, j)] = x;
        }
      }
      return { dst: after, sum: sums };
    },
  },
  {
    name: "tensor_tensor",
    unit: "pool",
    operands: { dst: tile("i32", p, n), lhs: tile("i32", p, k), rhs: tile("i32", p, k), dst_index: indices },
    values: { op: "multiply" },
    prepare: ({ dst_index }) => dst_index?.data.set([6, 5, 4, 3, 2, 1, 0]),
    expected: ({ dst, lhs, rhs }) => ({
      dst: fill(p, n, (i, j) => (j < k ? element(lhs, i, 6 - j) * element(rhs, i, 6 - j) : element(dst, i, j))),
    }),
  },
  {
    name: "matmul",
    unit: "pe",
    operands: {
      ...{ dst: tile("f32", 3, k, inPsum), moving: tile("bf16", 33, n, gaps), stationary: tile("f16", 33, 3) },
      moving_index: indices,
    },
    values: { accumulate: true },
    prepare: putWhole,
    expected: ({ dst, moving, stationary, moving_index }) => ({
      dst: fill(3, k, (i, j) => {
        let sum = element(dst, i, j);
        for (let q = 0; q < 33; q++) sum += element(stationary, q, i) * element(moving, q, element(moving_index, 0, j));
        return sum;
      }),
    }),
  },
  {
    name: "matmul",
    unit: "pe",
    operands: {
      ...{ dst: tile("bf16", 4, k, inPsum), moving: tile("f32", p, n), stationary: tile("f32", p, 4) },
      moving_index: tile("i32", 1, k),
    },
    values: { accumulate: false },
    prepare: (blocks) => {
      putWhole(blocks);
      put(true)(blocks);
    },
    expected: ({ moving, stationary, moving_index }) => ({
      dst: fill(4, k, (i, j) => {
        const place = element(moving_index, 0, j);
        let sum = 0;
        for (let q = 0; q < p; q++) sum += element(stationary, q, i) * element(moving, q, place);
        return place < 0 || place >= n ? Number.NaN : sum;
      }),
    }),
  },
];
