// The loops around a tile of a row-wise kernel, in the order in which the least is loaded: a load is outside of the loops that it does
// not depend on, if those are inside of all that it depends on.

import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { tripsOver } from "../program-builder.ts";
import type { StridedOperand, TiledRows } from "./plan.ts";

/** A loop over a dimension: of the batch, over tiles of rows (`p`) or of columns (`f`). */
export interface NestLoop {
  readonly name: "b" | "p" | "f";
  readonly trips: number;
  /** The dimension of the plan's space whose index it counts, in steps. */
  readonly dim: number;
  readonly step: number;
}

export function loopsOf({ batch, rows, columns }: TiledRows, maxRows: number, maxColumns: number): readonly NestLoop[] {
  const rowDim = batch.length;
  return [
    ...batch.map((trips, dim) => ({ name: "b", trips, dim, step: 1 }) as const),
    { name: "p", trips: tripsOver(rows, maxRows).max, dim: rowDim, step: maxRows },
    {
      name: "f",
      trips: tripsOver(elementCount(columns), maxColumns).max,
      dim: rowDim + columns.length,
      step: maxColumns,
    },
  ];
}

/** The number of loops that a load is in: up to the innermost one of several iterations that it depends on. */
export function levelOf(load: StridedOperand, loops: readonly NestLoop[]): number {
  return loops.findLastIndex((loop) => loop.trips > 1 && dependsOn(load, loop, loops)) + 1;
}

function dependsOn({ strides }: StridedOperand, { name, dim }: NestLoop, loops: readonly NestLoop[]): boolean {
  if (name !== "f") return strides[dim] !== 0;
  const rowDim = loops.length - 2;
  return strides.slice(rowDim + 1).some((stride) => stride !== 0);
}

/** More loops than these are left in their order. */
const maxOrdered = 5;

/** The order in which the least is loaded; the order that is given among equals. */
export function orderLoops(loops: readonly NestLoop[], { loads }: TiledRows): readonly NestLoop[] {
  const counted = loops.filter(({ trips }) => trips > 1);
  if (counted.length > maxOrdered || !loads.some((load) => counted.some((loop) => !dependsOn(load, loop, loops))))
    return loops;
  const tilesOf = (order: readonly NestLoop[]): number =>
    loads.reduce(
      (sum, load) => sum + order.slice(0, levelOf(load, order)).reduce((product, { trips }) => product * trips, 1),
      0,
    );
  const single = loops.filter(({ trips }) => trips <= 1);
  let [best, least] = [loops, tilesOf(loops)];
  for (const order of permutations(counted)) {
    const all = [...single, ...order];
    const tiles = tilesOf(all);
    if (tiles < least) [best, least] = [all, tiles];
  }
  return best;
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}
