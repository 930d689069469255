// Products of few rows or few columns on parts of the systolic array (PE). The array's rows, or its columns, are divided
// into tiles, each of which multiplies on its own while the others do; without that a small product leaves the rest idle.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandField, productDtypes, resultDtypes, valueField } from "./args.ts";
import { wantAtMost, wantShape, wantThat } from "./constraints.ts";
import { elements, quantity } from "./cost-terms.ts";
import { costOn } from "./costs.ts";
import { type Block, defineInst, freeSize, type Has, type HasValues, type ResolvedOperand } from "./define.ts";
import { matmulCost, matmulFlops, type ProductArgs, wantResult, wantSamePrecision } from "./pe.ts";
import { addProduct } from "./product.ts";
import { wantStationary, wantStationaryDirectly } from "./stationary.ts";

/** The part of the result that tile `tile` makes: one step along the outermost free dimension. */
function tileResult(dst: ResolvedOperand, tile: number): ResolvedOperand {
  const [stride = 0, ...strides] = dst.strides;
  const addressBytes = dst.addressBytes + tile * stride * dtypeBytes(dst.dtype);
  return { ...dst, addressBytes, sizes: dst.sizes.slice(1), strides };
}

/** Whether tiles of a size are halves of halves of the whole, none smaller than the least. */
const isTileSize = (size: number, min: number, full: number): boolean =>
  size >= min && size < full && Number.isInteger(Math.log2(size / min));

function checkTiles(args: ProductArgs & HasValues<"rows", number>, machine: Machine): readonly Problem[] {
  const { dst, moving, stationary } = args.operands;
  const { rows } = args.values;
  const [tiles, columns] = [moving.partitions / rows, freeSize(moving)];
  if (!isTileSize(rows, machine.peTileRows, machine.peRows)) {
    return wantThat(false, "rows", rows, `${machine.peTileRows} or a power of two times it, below ${machine.peRows}`);
  }
  if (!Number.isInteger(tiles)) {
    return wantThat(false, "the number of contracted rows", moving.partitions, `a multiple of the ${rows} of a tile`);
  }
  if (dst.sizes[0] !== tiles) {
    return wantThat(false, "the outermost size of dst", dst.sizes[0] ?? 0, `${tiles}, the number of tiles`);
  }
  const parts = Array.from({ length: tiles }, (_unused, tile) => ({ operands: { dst: tileResult(dst, tile) } }));
  return [
    ...wantShape(args, "dst", dst.partitions, tiles * columns),
    ...wantStationary(args, "load_weights", moving.partitions, dst.partitions),
    ...wantStationaryDirectly(args),
    ...wantAtMost("the number of contracted rows", moving.partitions, machine.peRows),
    ...(parts.map((part) => wantResult(part, columns, machine)).find((found) => found.length > 0) ?? []),
    ...(stationary === undefined ? [] : wantSamePrecision(stationary, moving)),
  ];
}

function checkColumnTiles(args: ProductArgs & HasValues<"columns", number>, machine: Machine): readonly Problem[] {
  const { dst, moving, stationary } = args.operands;
  const { columns } = args.values;
  const tiles = dst.partitions / columns;
  if (!isTileSize(columns, machine.peTileColumns, machine.peColumns)) {
    const sizes = `${machine.peTileColumns} or a power of two times it, below ${machine.peColumns}`;
    return wantThat(false, "columns", columns, sizes);
  }
  if (!Number.isInteger(tiles)) {
    return wantThat(
      false,
      "the number of rows of the result",
      dst.partitions,
      `a multiple of the ${columns} of a tile`,
    );
  }
  if (moving.sizes[0] !== tiles) {
    return wantThat(false, "the outermost size of moving", moving.sizes[0] ?? 0, `${tiles}, the number of tiles`);
  }
  return [
    ...wantShape(args, "dst", dst.partitions, freeSize(moving) / tiles),
    ...wantAtMost("the number of contracted rows", moving.partitions, machine.peRows),
    ...wantResult(args, freeSize(moving) / tiles, machine),
    ...wantStationary(args, "load_weights", moving.partitions, dst.partitions),
    ...wantStationaryDirectly(args),
    ...(stationary === undefined ? [] : wantSamePrecision(stationary, moving)),
  ];
}

/** The columns from `first` on. */
function columnsFrom({ p, f, data }: Block, first: number, columns: number): Block {
  const out = new Float64Array(p * columns);
  for (let q = 0; q < p; q++) out.set(data.subarray(q * f + first, q * f + first + columns), q * columns);
  return { p, f: columns, data: out };
}

/** The rows of one tile. */
const rowsOfTile = ({ f, data }: Block, tile: number, rows: number): Block => ({
  p: rows,
  f,
  data: data.subarray(tile * rows * f, (tile + 1) * rows * f),
});

const tileColumns = quantity<Has<"moving">>(
  "f",
  "f being the columns of one tile of moving",
  ({ operands: { moving } }) => freeSize({ ...moving, sizes: moving.sizes.slice(1) }),
);

export const peTileInsts = {
  matmul_row_tiles: defineInst({
    opcode: 5,
    units: ["pe"],
    summary: "multiplies tiles of few rows side by side",
    detail:
      "`dst[i, t * n + j] (+)= sum over q of stationary[t * rows + q, i] * moving[t * rows + q, j]` for each tile `t` of `rows` rows: products of their own, each with the rows of the array that its operands lie on. dst: [m, t n], its outermost free dimension counts the tiles, and each tile's result lies in PSUM as that of a `matmul`. `rows` is `peTileRows` or a power of two times it, less than `peRows`. Rounding as in `matmul`. Assumed: one instruction stands for the products that the hardware runs at the same time, with tile_position and tile_size.",
    ...costOn({ pe: matmulCost(elements("moving", "f", "f being the columns of moving")) }),
    source: "AWS Neuron SDK documentation, nki.isa.nc_matmul, tile_position and tile_size: row tiling",
    fields: {
      dst: operandField("update", ["psum"], resultDtypes, "the accumulators [m, t n]"),
      moving: operandField("read", ["sbuf"], productDtypes, "the moving operands, one below the other [t rows, n]"),
      accumulate: { kind: "flag", summary: "add to what dst holds instead of overwriting it" },
      rows: valueField({ kind: "int", min: 1, summary: "rows of a tile" }),
    },
    weights: "use",
    check: (args, _unit, machine) => checkTiles(args, machine),
    execute: ({ dst, stationary: held, moving }, { values: { rows, accumulate } }) => {
      if (!accumulate) dst.data.fill(0);
      for (let tile = 0; tile < moving.p / rows; tile++) {
        const sums: Block = { p: dst.p, f: moving.f, data: new Float64Array(dst.p * moving.f) };
        addProduct(sums, rowsOfTile(held, tile, rows), rowsOfTile(moving, tile, rows));
        for (let at = 0; at < sums.data.length; at++) {
          const place = Math.floor(at / moving.f) * dst.f + tile * moving.f + (at % moving.f);
          dst.data[place] = Math.fround(dst.data[place]! + sums.data[at]!);
        }
      }
    },
    flops: matmulFlops,
    example: "matmul_row_tiles dst=psum[0x0; 128; 4:512, 512:1] f32, moving=sbuf[0x400; 128; 512:1] bf16, rows=32",
  }),
  matmul_column_tiles: defineInst({
    opcode: 10,
    units: ["pe"],
    summary: "multiplies tiles of few columns of the array side by side",
    detail:
      "`dst[t * columns + i, j] (+)= sum over q of stationary[q, t * columns + i] * moving[q, t * n + j]` for each tile `t` of `columns` columns of the array: products of their own, each with the rows of the result that its columns make. moving: [k, t n], its outermost free dimension counts the tiles; dst: [t columns, n]. `columns` is `peTileColumns` or a power of two times it, less than `peColumns`. Rounding as in `matmul`. Assumed: one instruction stands for the products that the hardware runs at the same time, with tile_position and tile_size.",
    ...costOn({ pe: matmulCost(tileColumns) }),
    source:
      "AWS Neuron SDK documentation, nki.isa.nc_matmul, tile_position and tile_size: column tiling, which the notes on its parameters in NKI 0.6.0 restrict",
    fields: {
      dst: operandField("update", ["psum"], resultDtypes, "the accumulators, one below the other [t columns, n]"),
      moving: operandField("read", ["sbuf"], productDtypes, "the moving operands [k, t n]"),
      accumulate: { kind: "flag", summary: "add to what dst holds instead of overwriting it" },
      columns: valueField({ kind: "int", min: 1, summary: "columns of a tile" }),
    },
    weights: "use",
    check: (args, _unit, machine) => checkColumnTiles(args, machine),
    execute: ({ dst, stationary: held, moving }, { values: { columns, accumulate } }) => {
      if (!accumulate) dst.data.fill(0);
      for (let first = 0; first < dst.p; first += columns) {
        const x = columnsFrom(moving, (first / columns) * dst.f, dst.f);
        addProduct(rowsOfTile(dst, first / columns, columns), columnsFrom(held, first, columns), x);
      }
    },
    flops: ({ operands: { moving }, values }) => 2 * moving.partitions * values.columns * freeSize(moving),
    example:
      "matmul_column_tiles dst=psum[0x0; 128; 512:1] f32, moving=sbuf[0x400; 128; 4:512, 512:1] bf16, columns=32",
  }),
} as const;
