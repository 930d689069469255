// Cases of the general engine's and the DMA queues' special instructions.
import { tile } from "./isa-fixtures.ts";
import { mxCases } from "./isa-mx-cases.ts";
import { peCases } from "./isa-pe-cases.ts";
import { element, fill, type InstCase } from "./isa-special-fixtures.ts";

const f32 = Math.fround;
const [p, f] = [5, 12];
const inHbm = { memory: "hbm" } as const;

export const otherCases: readonly InstCase[] = [
  {
    name: "affine_select",
    unit: "pool",
    operands: { dst: tile("f32", p, f, { sizes: [3, 4], strides: [4, 1] }), src: tile("bf16", p, f) },
    values: { base: 2, partition_step: 3, steps: [-4, -1], compare: "is_ge", on_false: -1e30 },
    expected: ({ src }) => ({
      dst: fill(p, f, (i, j) => (2 + 3 * i - 4 * Math.floor(j / 4) - (j % 4) >= 0 ? element(src, i, j) : f32(-1e30))),
    }),
  },
  {
    name: "iota",
    unit: "pool",
    operands: { dst: tile("i32", p, f, { sizes: [2, 3, 2], strides: [6, 2, 1] }) },
    values: { base: 100, partition_step: 1000, step: 0, steps: [50, -7, 2] },
    expected: () => ({
      dst: fill(p, f, (i, j) => 100 + 1000 * i + 50 * Math.floor(j / 6) - 7 * (Math.floor(j / 2) % 3) + 2 * (j % 2)),
    }),
  },
  {
    name: "local_gather",
    unit: "pool",
    operands: { dst: tile("bf16", 32, 34), src: tile("bf16", 32, 20), index: tile("i32", 32, 2) },
    values: { group: 16, elements: 2, count: 17 },
    prepare: ({ index }) =>
      index?.data.forEach((_x, at, data) => {
        data[at] = (at * 7) % 10;
      }),
    // The 17 indices of a group: the first of each of its 16 partitions, and the second of its first.
    expected: ({ src, index }) => ({
      dst: fill(32, 34, (i, j) => {
        const group = i < 16 ? 0 : 16;
        const number = Math.floor(j / 2);
        const from = number < 16 ? element(index, group + number, 0) : element(index, group, 1);
        return element(src, i, 2 * from + (j % 2));
      }),
    }),
  },
  {
    name: "n_gather",
    unit: "pool",
    operands: { dst: tile("f32", p, 4), src: tile("f32", p, f), index: tile("i32", p, 4) },
    prepare: ({ index }) =>
      index?.data.forEach((_x, at, data) => {
        data[at] = at === 3 ? f : (at * 5) % f;
      }),
    expected: ({ src, index }) => ({
      dst: fill(p, 4, (i, j) => (i === 0 && j === 3 ? Number.NaN : element(src, i, element(index, i, j)))),
    }),
  },
  {
    name: "partition_reduce",
    unit: "pool",
    operands: { dst: tile("f32", 1, f), src: tile("f32", p, f) },
    values: { op: "average" },
    expected: ({ src }) => ({
      dst: fill(1, f, (_i, j) => {
        let sum = 0;
        for (let i = 0; i < p; i++) sum = f32(sum + element(src, i, j));
        return f32(sum / p);
      }),
    }),
  },
  {
    name: "partition_reduce",
    unit: "pool",
    operands: { dst: tile("f32", 1, f), src: tile("f32", p, f) },
    values: { op: "max" },
    expected: ({ src }) => ({
      dst: fill(1, f, (_i, j) => Math.max(...[0, 1, 2, 3, 4].map((i) => element(src, i, j)))),
    }),
  },
  {
    name: "dma_scatter",
    unit: "dma",
    operands: { table: tile("bf16", 9, f, inHbm), src: tile("bf16", p, f), index: tile("i32", p, 1) },
    prepare: ({ index }) => index?.data.set([8, 0, 3, 5, 3]),
    expected: ({ table, src }) => ({
      table: fill(9, f, (i, j) => {
        const from = [1, -1, -1, 4, -1, 3, -1, -1, 0][i] ?? -1;
        return from < 0 ? element(table, i, j) : element(src, from, j);
      }),
    }),
  },
  {
    name: "dma_accumulate",
    unit: "dma",
    operands: { dst: tile("f32", p, f, inHbm), src: tile("bf16", p, f) },
    expected: ({ dst, src }) => ({ dst: fill(p, f, (i, j) => f32(element(dst, i, j) + element(src, i, j))) }),
  },
  {
    name: "dma_transpose",
    unit: "dma",
    operands: { dst: tile("bf16", f, p), src: tile("bf16", p, f, inHbm) },
    expected: ({ src }) => ({ dst: fill(f, p, (i, j) => element(src, j, i)) }),
  },
  {
    // [a, b, c, d] to [d, b, c, a], with a = 5, b = 2, c = 3, d = 4.
    name: "dma_transpose",
    unit: "dma",
    operands: { dst: tile("bf16", 4, 30), src: tile("bf16", 5, 24, inHbm) },
    expected: ({ src }) => {
      const from = (a: number, b: number, c: number, d: number) => element(src, a, (b * 3 + c) * 4 + d);
      return { dst: fill(4, 30, (d, j) => from(j % 5, Math.floor(j / 15), Math.floor(j / 5) % 3, d)) };
    },
  },
  {
    name: "dma_gather_skip",
    unit: "dma",
    operands: { dst: tile("bf16", p, f), table: tile("bf16", 9, f, inHbm), index: tile("i32", p, 1) },
    prepare: ({ index }) => index?.data.set([8, -1, 3, 9, 0]),
    expected: ({ dst, table }) => ({
      dst: fill(p, f, (i, j) => (i === 1 || i === 3 ? element(dst, i, j) : element(table, [8, 0, 3, 0, 0][i] ?? 0, j))),
    }),
  },
  {
    name: "dma_scatter_skip",
    unit: "dma",
    operands: { table: tile("f32", 4, 3, inHbm), src: tile("f32", p, 3), index: tile("i32", p, 1) },
    prepare: ({ index }) => index?.data.set([-2, 3, 4, 1, 3]),
    expected: ({ table, src }) => ({
      table: fill(4, 3, (i, j) => (i === 3 ? element(src, 4, j) : i === 1 ? element(src, 3, j) : element(table, i, j))),
    }),
  },
  {
    name: "dma_sum",
    unit: "dma",
    operands: {
      dst: tile("bf16", p, f, inHbm),
      src0: tile("f32", p, f),
      src1: tile("bf16", p, f, inHbm),
      src2: tile("f32", p, f, { sizes: [3, 4], strides: [7, 1] }),
      src14: tile("i32", p, f),
    },
    expected: ({ src0, src1, src2, src14 }) => ({
      dst: fill(p, f, (i, j) =>
        f32(f32(f32(element(src0, i, j) + element(src1, i, j)) + element(src2, i, j)) + element(src14, i, j)),
      ),
    }),
  },
  {
    name: "dma_sum",
    unit: "dma",
    operands: { dst: tile("i32", p, f), src0: tile("f32", p, f, inHbm) },
    expected: ({ src0 }) => ({ dst: fill(p, f, (i, j) => element(src0, i, j)) }),
  },
];

/** Cases of the scalar engine and the systolic array. */
export const arrayCases: readonly InstCase[] = [
  {
    name: "activation",
    unit: "act",
    operands: {
      dst: tile("bf16", p, f),
      src: tile("f32", p, f, { memory: "psum" }),
      bias: tile("f32", p, 1),
      scales: tile("f32", p, 1),
      sum: tile("f32", p, 1),
    },
    values: { func: "square", scale: 1 },
    expected: ({ src, bias, scales }) => {
      const shifted = (i: number, j: number) => f32(f32(element(src, i, j) * element(scales, i)) + element(bias, i));
      const dst = fill(p, f, (i, j) => f32(shifted(i, j) ** 2));
      const total = (i: number) => dst.subarray(i * f, (i + 1) * f).reduce((sum, x) => f32(sum + x));
      return { dst, sum: fill(p, 1, total) };
    },
  },
  {
    name: "matmul_double_row",
    unit: "pe",
    operands: {
      dst: tile("f32", 3, 4, { memory: "psum" }),
      moving: tile("f8e4m3", 6, 8, { sizes: [2, 4], strides: [4, 1] }),
      stationary: tile("f8e5m2", 6, 6),
    },
    values: { accumulate: true },
    // Products of floats with 4 bits are exact in f32, and so are their few sums, but not the sum with dst.
    expected: ({ dst, moving, stationary }) => ({
      dst: fill(3, 4, (i, j) => {
        let sum = element(dst, i, j);
        let product = 0;
        for (let q = 0; q < 6; q++) {
          product += element(stationary, q, i) * element(moving, q, j);
          product += element(stationary, q, 3 + i) * element(moving, q, 4 + j);
        }
        sum += product;
        return f32(sum);
      }),
    }),
  },
  {
    name: "matmul_row_tiles",
    unit: "pe",
    operands: {
      dst: tile("f32", 3, 10, { memory: "psum", sizes: [2, 5], strides: [512, 1] }),
      moving: tile("bf16", 64, 5),
      stationary: tile("bf16", 64, 3),
    },
    values: { accumulate: false, rows: 32 },
    prepare: ({ moving, stationary }) => {
      // Integers, so that the order of the sums makes no difference.
      for (const block of [moving, stationary]) block?.data.set(block.data.map(Math.round));
    },
    expected: ({ moving, stationary }) => ({
      dst: fill(3, 10, (i, j) => {
        const [first, column] = j < 5 ? [0, j] : [32, j - 5];
        let sum = 0;
        for (let q = first; q < first + 32; q++) sum += element(stationary, q, i) * element(moving, q, column);
        return sum;
      }),
    }),
  },
  ...mxCases,
  ...peCases,
];
