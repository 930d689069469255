// Products of MX formats on the systolic array (PE): four elements of the contraction in each of its cells, scaled on the way.

import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandField, resultDtypes } from "./args.ts";
import { wantAtMost, wantShape, wantThat } from "./constraints.ts";
import { quantity, type Term } from "./cost-terms.ts";
import { costOn } from "./costs.ts";
import { defineInst, freeSize, type Has, type HasValues, type ResolvedOperand } from "./define.ts";
import { dequantise, mxDtypes, mxElements, mxLayout, mxScaleRow, mxScales, unpackMx, wantMxTile } from "./mx.ts";
import { wantResult } from "./pe.ts";
import { loadCost, movingCost } from "./pe-costs.ts";
import { addProduct } from "./product.ts";
import { type StationaryArgs, wantStationary } from "./stationary.ts";

const columnsOf = (tile: ResolvedOperand): number => Math.floor(freeSize(tile) / mxElements);
const packedColumns = <const N extends string>(name: N): Term<Has<N>> =>
  quantity("n", `n being the columns of ${name}, of which each element holds several`, ({ operands }) =>
    columnsOf(operands[name]),
  );

type MxArgs<N extends string> = Has<N | "scales"> & HasValues<"scale_row", number>;

function checkLoad(args: MxArgs<"src">, machine: Machine): readonly Problem[] {
  const columns = columnsOf(args.operands.src);
  return [
    ...wantMxTile(args, "src", machine),
    ...wantAtMost("the number of contracted partitions", args.operands.src.partitions, machine.peRows),
    ...wantAtMost("the number of rows of the result", columns, machine.peColumns),
    ...wantThat(columns % 2 === 0, "the number of rows of the result", columns, "an even number"),
  ];
}

function checkProduct(args: MxArgs<"dst" | "moving"> & StationaryArgs, machine: Machine): readonly Problem[] {
  const { dst, moving } = args.operands;
  const columns = columnsOf(moving);
  return [
    ...wantMxTile(args, "moving", machine),
    ...wantShape(args, "dst", dst.partitions, columns),
    ...wantAtMost("the number of contracted partitions", moving.partitions, machine.peRows),
    ...wantResult(args, columns, machine),
    ...wantStationary(args, "load_weights_mx", moving.partitions, mxElements * dst.partitions),
  ];
}

export const peMxInsts = {
  load_weights_mx: defineInst({
    opcode: 6,
    units: ["pe"],
    summary: "holds a tile of an MX format in the systolic array as the stationary operand",
    detail: `\`stationary[q, 4 i + e] = src[q, 4 i + e] * scale\`, rounded to f32, with src: [k, 4 m]; k a multiple of 32 and at most the rows of the array, m even and at most its columns. ${mxLayout} It overlaps the instruction before it, so that only what outlasts that takes time.`,
    ...costOn({ pe: loadCost(packedColumns("src")) }),
    source:
      "AWS Neuron SDK documentation, nki.isa.nc_matmul_mx; NKI guide for Trainium3, Quad-MXFP8/MXFP4 matmul. Assumed: loaded as fast as bf16, since a cell takes its four elements at once",
    needs: "peMx",
    fields: {
      src: operandField("read", ["sbuf"], mxDtypes, "the operand [k, 4 m]"),
      scales: { ...mxScales, summary: "its scales, [k, m], of which four rows in each quadrant" },
      scale_row: mxScaleRow,
    },
    weights: "load",
    hold: ({ src, scales }, args) => dequantise(src, scales, args),
    check: (args, _unit, machine) => checkLoad(args, machine),
    execute: () => {},
    example: "load_weights_mx src=sbuf[0x0; 128; 128:4, 4:1] f8e4m3, scales=sbuf[0x200; 128; 128:1] u8, scale_row=4",
  }),
  matmul_mx: defineInst({
    opcode: 7,
    units: ["pe"],
    summary: "multiplies tiles of MX formats, scales included",
    detail: `\`dst[i, j] (+)= sum over q, e of stationary[q, 4 i + e] * (moving[q, 4 j + e] * scale)\`, with moving: [k, 4 n], so it contracts 4 k elements, at most 4 times the rows of the array; stationary: [k, 4 m] as \`load_weights_mx\` holds it. n and dst as in \`matmul\`. Both operands may be of either dtype. ${mxLayout} Assumed: each element times its scale is rounded to f32, and the products are added up as a \`matmul\` of 4 k rows does it, those of a partition one after the other; how the array rounds inside is not published.`,
    ...costOn({ pe: movingCost(packedColumns("moving")) }),
    source: "AWS Neuron SDK documentation, nki.isa.nc_matmul_mx; NKI guide for Trainium3, Quad-MXFP8/MXFP4 matmul",
    needs: "peMx",
    fields: {
      dst: operandField("update", ["psum"], resultDtypes, "the accumulator [m, n]"),
      moving: operandField("read", ["sbuf"], mxDtypes, "the moving operand [k, 4 n]"),
      scales: { ...mxScales, summary: "its scales, [k, n], of which four rows in each quadrant" },
      accumulate: { kind: "flag", summary: "add to what dst holds instead of overwriting it" },
      scale_row: mxScaleRow,
    },
    weights: "use",
    check: (args, _unit, machine) => checkProduct(args, machine),
    execute: ({ dst, stationary, moving, scales }, args) => {
      if (!args.values.accumulate) dst.data.fill(0);
      addProduct(dst, unpackMx(stationary), unpackMx(dequantise(moving, scales, args)));
    },
    flops: ({ operands: { dst, moving } }) => {
      return 2 * mxElements * moving.partitions * dst.partitions * columnsOf(moving);
    },
    example:
      "matmul_mx dst=psum[0x0; 128; 512:1] f32, moving=sbuf[0x400; 128; 512:4, 4:1] f8e4m3, scales=sbuf[0xc00; 128; 512:1] u8, accumulate=notFirst(i3)",
  }),
} as const;
