// Tile ops of the systolic array: it contracts over the partition axis of its operands.

import { defineTileOp, transposeInto } from "./define.ts";

export const productTileOps = {
  matmul: defineTileOp({
    facts: { isOfOneTile: true },
    summary: "multiplies two tiles over their partitions into an accumulator",
    detail:
      "`dst[i, j] (+)= sum over q of stationary[q, i] * moving[q, j]`, with dst: [m, n], stationary: [k, m], moving: [k, n]. Accumulates in f32.",
    operands: [
      { name: "dst", role: "write", memories: ["psum"], shape: ["m", "n"] },
      { name: "stationary", role: "read", memories: ["sbuf"], shape: ["k", "m"] },
      { name: "moving", role: "read", memories: ["sbuf"], shape: ["k", "n"] },
    ],
    attrs: {},
    eval: ({ stationary, moving }, _attrs, dst, { accumulate }) => {
      if (!accumulate) dst.data.fill(0);
      for (let q = 0; q < stationary.p; q++) {
        for (let i = 0; i < dst.p; i++) {
          const left = stationary.data[q * stationary.f + i] as number;
          for (let j = 0; j < dst.f; j++) {
            const at = i * dst.f + j;
            dst.data[at] = (dst.data[at] as number) + left * (moving.data[q * moving.f + j] as number);
          }
        }
      }
    },
  }),
  transpose: defineTileOp({
    facts: { isOfOneTile: true },
    summary: "transposes a tile through the systolic array",
    detail: "`dst[j, i] = src[i, j]`, exactly; dst: [f, p] in PSUM, src: [p, f] with f at most the array's columns.",
    operands: [
      { name: "dst", role: "write", memories: ["psum"], shape: ["f", "p"] },
      { name: "src", role: "read", memories: ["sbuf"], shape: ["p", "f"] },
    ],
    attrs: {},
    eval: ({ src }, _attrs, dst) => transposeInto(dst, src),
  }),
} as const;
