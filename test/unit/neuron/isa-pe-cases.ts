// Cases of products on tiles of the array's columns, and of products with zeros and ones.

import type { Block } from "../../../targets/neuron/isa/define.ts";
import { tile } from "./isa-fixtures.ts";
import { element, fill, type InstCase } from "./isa-special-fixtures.ts";

const inPsum = { memory: "psum" } as const;

/** Integers, so that the order of the sums makes no difference. */
const roundAll = (...blocks: readonly (Block | undefined)[]): void => {
  for (const block of blocks) block?.data.set(block.data.map(Math.round));
};

const zerosAndOnes = (block: Block | undefined): void => block?.data.set(block.data.map((x) => (x > 0 ? 1 : 0)));

const product = (held: Block | undefined, moving: Block | undefined, i: number, j: number): number => {
  let sum = 0;
  for (let q = 0; q < (held?.p ?? 0); q++) sum += element(held, q, i) * element(moving, q, j);
  return sum;
};

export const peCases: readonly InstCase[] = [
  {
    name: "matmul_column_tiles",
    unit: "pe",
    operands: {
      dst: tile("f32", 96, 5, inPsum),
      moving: tile("bf16", 20, 15, { sizes: [3, 5], strides: [8, 1] }),
      stationary: tile("f16", 20, 96),
    },
    values: { accumulate: true, columns: 32 },
    prepare: ({ dst, moving, stationary }) => roundAll(dst, moving, stationary),
    expected: ({ dst, moving, stationary }) => ({
      dst: fill(
        96,
        5,
        (row, j) => element(dst, row, j) + product(stationary, moving, row, 5 * Math.floor(row / 32) + j),
      ),
    }),
  },
  {
    name: "matmul_onezero",
    unit: "pe",
    operands: { dst: tile("f32", 7, 9, inPsum), moving: tile("f32", 33, 9), stationary: tile("f32", 33, 7) },
    values: { accumulate: true, onezero: "stationary" },
    prepare: ({ dst, moving, stationary }) => {
      roundAll(dst, moving);
      zerosAndOnes(stationary);
    },
    expected: ({ dst, moving, stationary }) => ({
      dst: fill(7, 9, (i, j) => element(dst, i, j) + product(stationary, moving, i, j)),
    }),
  },
  {
    name: "matmul_onezero",
    unit: "pe",
    operands: { dst: tile("f32", 7, 9, inPsum), moving: tile("f32", 33, 9), stationary: tile("f32", 33, 7) },
    values: { accumulate: false, onezero: "moving" },
    prepare: ({ moving, stationary }) => {
      roundAll(stationary);
      zerosAndOnes(moving);
      // A promise that is not kept.
      if (moving !== undefined) moving.data[5 * 9 + 4] = 0.5;
    },
    expected: ({ moving, stationary }) => ({
      dst: fill(7, 9, (i, j) => (j === 4 ? Number.NaN : product(stationary, moving, i, j))),
    }),
  },
];
