// Tile ops that move data between HBM and SBUF.

import { defineTileOp, type TileOperand, transposeInto } from "./define.ts";

const anyOf = <const N extends string, const R extends TileOperand["role"]>(name: N, role: R) =>
  ({ name, role, memories: ["hbm", "sbuf"], shape: ["p", "f"] }) as const;

export const movementTileOps = {
  dma: defineTileOp({
    summary: "copies a region between HBM and SBUF, either way or within one, converting the dtype",
    detail: "`dst[p, f] = src[p, f]`. Runs are as long as the innermost dimensions of both sides are contiguous.",
    operands: [anyOf("dst", "write"), anyOf("src", "read")],
    attrs: {},
    eval: ({ src }, _attrs, dst) => dst.data.set(src.data),
  }),
  dma_transpose: defineTileOp({
    summary: "loads a region transposed, for dtypes of 2 bytes",
    detail:
      "`dst[j, q * p + i] = src[i, q * c + j]`, exactly: each of the m matrices that lie side by side in src is transposed. dst is in SBUF and has the dtype of src.",
    operands: [
      { name: "dst", role: "write", memories: ["sbuf"], shape: ["c", "m*p"] },
      { ...anyOf("src", "read"), shape: ["p", "m*c"] },
    ],
    attrs: {},
    eval: ({ src }, _attrs, dst) => transposeInto(dst, src),
  }),
  gather: defineTileOp({
    facts: { isOfOneTile: true },
    summary: "loads rows of a tensor in HBM that are named by an index tile",
    detail:
      "`dst[p, f] = table[index[p], f]`: row `r` of `table` starts `r * table.partition.stride` elements after its offset. Where the table has no row `index[p]`, row p of dst stays as it is; so dst must have been written before.",
    operands: [
      { name: "dst", role: "modify", memories: ["sbuf"], shape: ["p", "f"] },
      { name: "table", role: "read", memories: ["hbm"], shape: ["rows", "f"] },
      { name: "index", role: "read", memories: ["sbuf"], shape: ["p", "1"] },
    ],
    attrs: {},
    eval: ({ table, index }, _attrs, dst) => {
      for (let p = 0; p < dst.p; p++) {
        const row = index.data[p] as number;
        if (!(row >= 0 && row < table.p)) continue;
        for (let f = 0; f < dst.f; f++) dst.data[p * dst.f + f] = table.data[row * table.f + f] as number;
      }
    },
  }),
} as const;
