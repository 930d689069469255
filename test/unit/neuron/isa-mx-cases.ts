// Cases of the instructions for MX formats.

import { tile } from "./isa-fixtures.ts";
import { element, fill, type InstCase } from "./isa-special-fixtures.ts";

export const mxCases: readonly InstCase[] = [
  {
    name: "matmul_mx",
    unit: "pe",
    operands: {
      dst: tile("f32", 6, 5, { memory: "psum" }),
      moving: tile("f8e4m3", 64, 20, { sizes: [5, 4], strides: [4, 1] }),
      scales: tile("u8", 64, 5),
      stationary: tile("f8e5m2", 64, 24),
      stationary_scales: tile("u8", 64, 6),
    },
    values: { accumulate: true, scale_row: 8 },
    prepare: ({ moving, stationary, scales, stationary_scales, dst }) => {
      // Integers and few powers of two, so that the order of the sums makes no difference.
      for (const block of [moving, stationary, dst]) block?.data.set(block.data.map(Math.round));
      scales?.data.set(scales.data.map((_old, at) => 125 + (at % 5)));
      stationary_scales?.data.fill(127);
    },
    expected: ({ dst, moving, stationary, scales }) => ({
      dst: fill(6, 5, (i, j) => {
        let sum = element(dst, i, j);
        for (let half = 0; half < 2; half++) {
          for (let group = 0; group < 4; group++) {
            const factor = 2 ** (element(scales, 32 * half + 8 + group, j) - 127);
            for (let q = 32 * half + 8 * group; q < 32 * half + 8 * group + 8; q++) {
              for (let e = 0; e < 4; e++) {
                sum += factor * element(stationary, q, 4 * i + e) * element(moving, q, 4 * j + e);
              }
            }
          }
        }
        return sum;
      }),
    }),
  },
  ...(["f8e4m3", "f8e5m2"] as const).map(
    (dtype): InstCase => ({
      name: "quantize_mx",
      unit: "dve",
      operands: { dst: tile(dtype, 64, 12), scales: tile("u8", 64, 3), src: tile("bf16", 64, 12) },
      values: { scale_row: 4 },
      prepare: ({ src }) => {
        // A group of zeros, one of small numbers, one of large ones, one at a power of two, one with an infinity.
        src?.data.forEach((x, at, data) => {
          const [row, column] = [Math.floor(at / 12), Math.floor((at % 12) / 4)];
          if (row < 8 && column === 0) data[at] = 0;
          if (row < 8 && column === 1) data[at] = x * 2 ** -116;
          if (row < 8 && column === 2) data[at] = x * 2 ** 100;
          if (row >= 56 && column === 0) data[at] = at % 2 === 0 ? 0.5 : -0.25;
        });
        if (src !== undefined) src.data[63 * 12 + 11] = Number.NEGATIVE_INFINITY;
      },
      expected: ({ src, scales }) => {
        const byteOf = (i: number, j: number): number => {
          const first = i - (i % 8);
          let largest = 0;
          for (let at = 0; at < 32; at++) {
            largest = Math.max(largest, Math.abs(element(src, first + (at >> 2), 4 * j + (at & 3))));
          }
          if (largest === Number.POSITIVE_INFINITY) return 255;
          let exponent = 128;
          while (exponent > -150 && 2 ** exponent > largest) exponent--;
          return Math.max(0, exponent - (dtype === "f8e4m3" ? 6 : 14) + 127);
        };
        return {
          dst: fill(64, 12, (i, f) => {
            const byte = byteOf(i, Math.floor(f / 4));
            return byte === 255 ? Number.NaN : element(src, i, f) / 2 ** (byte - 127);
          }),
          scales: fill(64, 3, (row, j) => {
            const group = (row % 32) - 4;
            return group < 0 || group > 3 ? element(scales, row, j) : byteOf(row - (row % 32) + 8 * group, j);
          }),
        };
      },
    }),
  ),
];
