// Tiles of MX formats: 8-bit floats, four neighbouring elements of a row being contracted together, and a scale, a power of
// two, for each group of 32: four elements in each of eight partitions. Source: OCP Microscaling Formats Specification 1.0;
// AWS Neuron SDK documentation, NKI guide for Trainium3, Quad-MXFP8/MXFP4 matmul.

import { type Dtype, dtypes, exponentOf } from "../../../ir-spec/base/dtype.ts";
import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandField, valueField } from "./args.ts";
import { wantShape, wantThat } from "./constraints.ts";
import { type Block, freeSize, type Has, type HasValues } from "./define.ts";

/** Neighbouring elements of a row that share a scale and are contracted together. */
export const mxElements = 4;
/** Partitions that share a scale. */
export const mxPartitions = 8;
/** Partitions of a quadrant: the scales of its groups lie in partitions of its own, one below the other. */
export const mxQuadrant = 32;
/** Where the scales of a quadrant may begin. Source: nki.isa.quantize_mx: in the first 16 partitions of each quadrant. */
const scaleRows = [0, 4, 8, 12] as const;

/** Source: OCP Microscaling Formats Specification 1.0, E8M0: an exponent of bias 127, the largest byte is NaN. */
const scaleBias = 127;
const scaleNan = 255;

export const mxDtypes = ["f8e4m3", "f8e5m2"] as const satisfies readonly Dtype[];
export const mxScales = operandField(
  "read",
  ["sbuf"],
  ["u8"],
  "the scales, [k, n], of which four rows in each quadrant",
);
export const mxScaleRow = valueField({
  kind: "int",
  min: 0,
  default: 0,
  summary: "where the four rows with scales begin in each quadrant: 0, 4, 8 or 12",
});

export const mxLayout =
  "Four neighbouring elements of a row are contracted together, where the documentation has dtypes of four packed elements: `x[q, 4 j + e]` with e = 0 ... 3, side by side at a multiple of 4 bytes. A scale is a byte of the format E8M0: `s` stands for `2^(s - 127)`, 255 for NaN. That of `x[q, 4 j + e]` is `scales[32 floor(q / 32) + scale_row + floor((q mod 32) / 8), j]`: one for each group of 8 partitions by 4 elements, in four partitions of each quadrant of 32; the other partitions of the tile may hold scales of other tiles, and all of it must have been written. Where the hardware takes OCP's e4m3fn there is f8e4m3, whose finite values, up to 240, have the same bits.";

/** The partition that holds the scale of partition `p`. */
export function scaleRowOf(p: number, { values }: HasValues<"scale_row", number>): number {
  const inQuadrant = p % mxQuadrant;
  return p - inQuadrant + values.scale_row + Math.floor(inQuadrant / mxPartitions);
}

function scaleFactor(byte: number): number {
  return byte === scaleNan ? Number.NaN : 2 ** (byte - scaleBias);
}

/** Each element of `data` [k, 4 n] times its scale, rounded to f32. */
export function dequantise(data: Block, scales: Block, args: HasValues<"scale_row", number>): Block {
  const out = new Float64Array(data.data.length);
  for (let q = 0; q < data.p; q++) {
    const scalesAt = scaleRowOf(q, args) * scales.f;
    for (let f = 0; f < data.f; f++) {
      const factor = scaleFactor(scales.data[scalesAt + Math.floor(f / mxElements)]!);
      out[q * data.f + f] = Math.fround(data.data[q * data.f + f]! * factor);
    }
  }
  return { ...data, data: out };
}

/** [k, 4 n] -> [4 k, n]: the elements that are contracted together one below the other. */
export function unpackMx({ p, f, data }: Block): Block {
  const columns = f / mxElements;
  const out = new Float64Array(data.length);
  for (let q = 0; q < p; q++) {
    for (let at = 0; at < f; at++) {
      out[(q * mxElements + (at % mxElements)) * columns + Math.floor(at / mxElements)] = data[q * f + at]!;
    }
  }
  return { p: p * mxElements, f: columns, data: out };
}

/** The scale's byte for a group whose largest magnitude is `largest`, with elements of a dtype. Source: nki.isa.quantize_mx. */
export function scaleByte(largest: number, dtype: Dtype): number {
  if (!Number.isFinite(largest)) return scaleNan;
  if (largest === 0) return 0;
  const largestExponent = exponentOf(dtypes[dtype].maxFinite);
  return Math.max(0, exponentOf(largest) - (largestExponent - 1) + scaleBias);
}

/** `x` over its scale, before it is rounded. */
export const scaled = (x: number, byte: number): number => x / scaleFactor(byte);

/** The layout of a tile and of its scales, see `mxLayout`. */
export function wantMxTile<const N extends string>(
  args: Has<N> & Has<"scales"> & HasValues<"scale_row", number>,
  name: N,
  machine: Machine,
): readonly Problem[] {
  const tile = args.operands[name];
  const { partitions, addressBytes, sizes, strides } = tile;
  const elements = freeSize(tile);
  const row = args.values.scale_row;
  const multiple = machine.partitionStartMultiple;
  const isPacked =
    addressBytes % mxElements === 0 &&
    sizes.every((size, dim) => {
      const stride = strides[dim] ?? 0;
      return dim === sizes.length - 1 ? stride === 1 && size % mxElements === 0 : stride % mxElements === 0;
    });
  return [
    ...wantThat(partitions % multiple === 0, `the partitions of ${name}`, partitions, `a multiple of ${multiple}`),
    ...wantThat(elements % mxElements === 0, `the elements of ${name}`, elements, `a multiple of ${mxElements}`),
    ...wantThat(
      elements % mxElements !== 0 || isPacked,
      `the layout of ${name}`,
      `${sizes.map((size, dim) => `${size}:${strides[dim]}`).join(", ")} at byte ${addressBytes}`,
      `runs of ${mxElements} elements, each at a multiple of ${mxElements} bytes`,
    ),
    ...wantThat(
      scaleRows.some((start) => start === row),
      "scale_row",
      row,
      scaleRows.join(", "),
    ),
    ...wantShape(args, "scales", partitions, Math.floor(elements / mxElements)),
  ];
}
