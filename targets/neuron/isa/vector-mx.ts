// The instruction of the vector engine (DVE) that makes tiles of MX formats.

import { operandField } from "./args.ts";
import { wantShapeOfDst } from "./constraints.ts";
import { elements, field, over } from "./cost-terms.ts";
import { onVector } from "./costs.ts";
import { type Block, defineInst } from "./define.ts";
import {
  mxDtypes,
  mxElements,
  mxLayout,
  mxPartitions,
  mxScaleRow,
  scaleByte,
  scaled,
  scaleRowOf,
  wantMxTile,
} from "./mx.ts";

/** The places in `src` of the elements of the group that begins at partition `first` and element `from`. */
function groupPlaces({ f }: Block, first: number, from: number): readonly number[] {
  return Array.from({ length: mxPartitions * mxElements }, (_unused, at) => {
    const p = first + Math.floor(at / mxElements);
    return p * f + from + (at % mxElements);
  });
}

export const vectorMxInsts = {
  quantize_mx: defineInst({
    opcode: 22,
    units: ["dve"],
    summary: "turns a tile into an MX format: 8-bit floats, and a scale for each group of 32",
    detail: `For each group of 8 partitions by 4 neighbouring elements of src: [k, 4 n], with \`amax\` its largest magnitude, the scale is \`X = 2^(floor(log2 amax) - (Emax - 1))\`, at least 2^-127, which is also that of a group of zeros; Emax is the exponent of the largest value of dst's dtype, 7 of f8e4m3 and 15 of f8e5m2. \`dst[q, 4 j + e] = src[q, 4 j + e] / X\`, rounded to dst's dtype; X is twice what OCP's sample algorithm takes, so that no value is beyond the dtype. k is a multiple of 32. The layout of dst and scales is that of \`matmul_mx\`: ${mxLayout} Rows of scales that hold no scale of this tile stay as they are. Assumed: a group with an infinity or NaN becomes NaN, its scale too, which the documentation leaves open; Emax of e4m3fn is 8, so that the hardware's scales of that format are half as large.`,
    ...onVector(over(elements("src"), field("dveQuantizeRate"))),
    source: "AWS Neuron SDK documentation, nki.isa.quantize_mx; NKI guide for Trainium3, MX data-type quantization",
    needs: "dveQuantizeRate",
    fields: {
      dst: operandField("write", ["sbuf"], mxDtypes, "the elements over their scales [k, 4 n]"),
      scales: operandField("modify", ["sbuf"], ["u8"], "the scales, [k, n], of which four rows in each quadrant"),
      src: operandField("read", ["sbuf"], ["bf16", "f16"], "the tile [k, 4 n]"),
      scale_row: mxScaleRow,
    },
    check: (args, _unit, machine) => [...wantShapeOfDst(args, ["src"]), ...wantMxTile(args, "dst", machine)],
    execute: (blocks, args) => {
      const { dst, scales, src } = blocks;
      const { dtype } = args.operands.dst;
      for (let first = 0; first < src.p; first += mxPartitions) {
        for (let from = 0; from < src.f; from += mxElements) {
          const places = groupPlaces(src, first, from);
          const byte = scaleByte(Math.max(...places.map((at) => Math.abs(src.data[at]!))), dtype);
          scales.data[scaleRowOf(first, args) * scales.f + from / mxElements] = byte;
          for (const at of places) dst.data[at] = scaled(src.data[at]!, byte);
        }
      }
    },
    example:
      "quantize_mx dst=sbuf[0x0; 128; 512:4, 4:1] f8e4m3, scales=sbuf[0x800; 128; 512:1] u8, src=sbuf[0x1000; 128; 2048:1] bf16",
  }),
} as const;
