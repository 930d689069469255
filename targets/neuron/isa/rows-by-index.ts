// What the transfers have in common that move rows between a tile and a table in HBM, where an index column says which.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { wantShape } from "./constraints.ts";
import { type Block, freeSize, type Has } from "./define.ts";

/** The tile's rows must fit the table's, in length and dtype, and each must have an index. */
export function wantRows<const N extends "dst" | "src">(
  args: Has<N> & Has<"table" | "index">,
  tileName: N,
): readonly Problem[] {
  const tile = args.operands[tileName];
  const { table } = args.operands;
  const wanted = `${table.dtype}, as table`;
  return [
    ...wantShape(args, "table", table.partitions, freeSize(tile)),
    ...wantShape(args, "index", tile.partitions, 1),
    ...(tile.dtype === table.dtype
      ? []
      : [problem("E0707", { operand: tileName, found: tile.dtype, expected: wanted })]),
  ];
}

interface TableBlocks {
  readonly table: Block;
  readonly index: Block;
}

/** Calls `visit` for each row of the tile that has a row in the table, in order. */
function forEachRow(
  { table: { p }, index: { data: index } }: TableBlocks,
  tile: Block,
  visit: (row: number, tableRow: number) => void,
): void {
  for (let row = 0; row < tile.p; row++) if (index[row]! >= 0 && index[row]! < p) visit(row, index[row]!);
}

/** dst[p] = table[index[p]]; rows that the table does not have are left alone. */
export function gatherRows(blocks: TableBlocks & { readonly dst: Block }): void {
  const { dst, table } = blocks;
  forEachRow(blocks, dst, (row, tableRow) => {
    for (let f = 0; f < dst.f; f++) dst.data[row * dst.f + f] = table.data[tableRow * table.f + f]!;
  });
}

/** table[index[p]] = src[p]; rows that the table does not have are left out. */
export function scatterRows(blocks: TableBlocks & { readonly src: Block }): void {
  const { table, src } = blocks;
  forEachRow(blocks, src, (row, tableRow) => {
    for (let f = 0; f < src.f; f++) table.data[tableRow * table.f + f] = src.data[row * src.f + f]!;
  });
}
