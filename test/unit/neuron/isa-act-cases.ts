// Cases of the scalar engine's instructions that take operations with scalars.

import { tile } from "./isa-fixtures.ts";
import { element, fill, type InstCase, rowOf } from "./isa-special-fixtures.ts";

const f32 = Math.fround;
const [p, f] = [5, 12];
const inPsum = { memory: "psum" } as const;
const rowOfTile = (tile: Float64Array, i: number): readonly number[] => Array.from(tile.subarray(i * f, (i + 1) * f));

export const actCases: readonly InstCase[] = [
  {
    name: "activate2",
    unit: "act",
    operands: {
      dst: tile("bf16", p, f),
      fold: tile("f32", p, 1),
      src: tile("f32", p, f, inPsum),
      scalar1: tile("f32", p, 1),
    },
    values: { op0: "multiply", imm0: 0.3, op1: "subtract", reverse1: true, func: "copy", fold_op: "absmax" },
    expected: ({ src, scalar1 }) => {
      const dst = fill(p, f, (i, j) => f32(element(scalar1, i) - f32(f32(0.3) * element(src, i, j))));
      return { dst, fold: fill(p, 1, (i) => Math.max(...rowOfTile(dst, i).map(Math.abs))) };
    },
  },
  {
    name: "activate2",
    unit: "act",
    operands: { dst: tile("f32", p, f), fold: tile("f32", p, 1), src: tile("bf16", p, f), scalar0: tile("bf16", p, 1) },
    values: { op0: "subtract", reverse0: true, func: "square", fold_op: "add" },
    expected: ({ src, scalar0 }) => {
      const dst = fill(p, f, (i, j) => f32(f32(element(scalar0, i) - element(src, i, j)) ** 2));
      return { dst, fold: fill(p, 1, (i) => rowOfTile(dst, i).reduce((sum, x) => f32(sum + x))) };
    },
  },
  {
    name: "activate2",
    unit: "act",
    operands: { dst: tile("f16", p, f), fold: tile("bf16", p, 1), src: tile("f32", p, f) },
    values: { func: "copy", fold_op: "absmin" },
    expected: ({ src }) => ({
      dst: fill(p, f, (i, j) => element(src, i, j)),
      fold: fill(p, 1, (i) => Math.min(...rowOf(src, i).map(Math.abs))),
    }),
  },
  {
    name: "activate2",
    unit: "act",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f) },
    values: { op0: "add", imm0: -0.5, func: "relu" },
    expected: ({ src }) => ({ dst: fill(p, f, (i, j) => Math.max(f32(element(src, i, j) - 0.5), 0)) }),
  },
  {
    name: "activate2",
    unit: "act",
    operands: { dst: tile("f32", p, f), fold: tile("f32", p, 1), src: tile("f32", p, f) },
    values: { op0: "multiply", imm0: 2, op1: "add", imm1: 0.1, func: "abs", fold_op: "min" },
    expected: ({ src }) => {
      const dst = fill(p, f, (i, j) => Math.abs(f32(f32(2 * element(src, i, j)) + f32(0.1))));
      return { dst, fold: fill(p, 1, (i) => Math.min(...rowOfTile(dst, i))) };
    },
  },
  {
    name: "tensor_scalar",
    unit: "act",
    operands: { dst: tile("bf16", p, f), src: tile("bf16", p, f, inPsum), scalar1: tile("f32", p, 1) },
    values: { op0: "multiply", imm0: 0.3, op1: "add" },
    expected: ({ src, scalar1 }) => ({
      dst: fill(p, f, (i, j) => f32(f32(f32(0.3) * element(src, i, j)) + element(scalar1, i))),
    }),
  },
  {
    name: "activation",
    unit: "act",
    operands: { dst: tile("f32", p, f), src: tile("bf16", p, f, inPsum), slopes: tile("f32", p, 1) },
    values: { func: "prelu", scale: 0.75, imm_bias: 0.3 },
    expected: ({ src, slopes }) => ({
      dst: fill(p, f, (i, j) => {
        const x = f32(f32(element(src, i, j) * 0.75) + f32(0.3));
        return x < 0 ? f32(x * element(slopes, i)) : x;
      }),
    }),
  },
  {
    name: "activation",
    unit: "act",
    operands: { dst: tile("bf16", p, f), sum: tile("f32", p, 1), src: tile("f32", p, f), bias: tile("f32", p, 1) },
    values: { func: "prelu", slope: 0.1 },
    expected: ({ src, bias }) => {
      const dst = fill(p, f, (i, j) => {
        const x = f32(element(src, i, j) + element(bias, i));
        return x < 0 ? f32(x * f32(0.1)) : x;
      });
      return { dst, sum: fill(p, 1, (i) => rowOfTile(dst, i).reduce((sum, x) => f32(sum + x))) };
    },
  },
  {
    name: "activate2",
    unit: "act",
    operands: { dst: tile("f32", p, f), fold: tile("f32", p, 1), src: tile("f32", p, f), slopes: tile("bf16", p, 1) },
    values: { op0: "subtract", imm0: 1, func: "prelu", fold_op: "max" },
    expected: ({ src, slopes }) => {
      const dst = fill(p, f, (i, j) => {
        const x = f32(element(src, i, j) - 1);
        return x < 0 ? f32(x * element(slopes, i)) : x;
      });
      return { dst, fold: fill(p, 1, (i) => Math.max(...rowOfTile(dst, i))) };
    },
  },
];
