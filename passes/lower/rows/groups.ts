// Many short rows: each partition has several of them, one after the other, so that one statement works on all and a transfer moves
// long runs. What is one number for each row is then a column of as many elements as a partition has rows.
//
//     x: [65536, 64]     ->     tiles [128, 32, 64];   sum: [128, 32]

import { elementCount } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { largestDivisorUpTo, type Space, splitAt } from "../space.ts";
import { type SplitSpace, usualColumns } from "./split.ts";

/** Rows of a space that are tiled alike. */
export interface RowsPart {
  readonly split: SplitSpace;
  /** The dimension that the part is cut from, and the index at which it begins. */
  readonly start: { readonly dim: number; readonly index: number };
  /** Rows of each partition, which are the first dimension after that of the rows. */
  readonly groups?: number;
}

/** Rows in groups of at most so many; in up to three parts where they are no multiple of them. */
export function groupRows({ space, rowDim }: SplitSpace, mostGroups: number, maxRows: number): readonly RowsPart[] {
  const parts: RowsPart[] = [];
  const rows = space.sizes[rowDim] as number;
  for (let first = 0; first < rows; ) {
    const { count, groups } = nextPart(rows - first, maxRows, mostGroups);
    const own = resized(space, rowDim, count);
    const grouped = groups === 1 ? own : splitAt(own, rowDim, groups);
    const start = { dim: rowDim, index: first };
    parts.push({ split: { space: grouped, rowDim }, start, ...(groups === 1 ? {} : { groups }) });
    first += count;
  }
  return parts;
}

/** How many rows of a space a partition may have, the most first: tiles as wide as usual, and half of that, and so on. */
export function groupChoices({ space, rowDim }: SplitSpace, machine: Machine): readonly number[] {
  const columns = elementCount(space.sizes.slice(rowDim + 1));
  const hasRoom = space.sizes.length - rowDim < machine.accessDims;
  const rows = Math.floor((space.sizes[rowDim] as number) / machine.partitions);
  const most = hasRoom ? Math.min(rows, Math.floor(usualColumns(machine) / columns)) : 1;
  return [1, 2, 4, 8].map((part) => Math.floor(most / part)).filter((groups) => groups > 1);
}

/** How many of the rows that are left are tiled alike, and how many of them a partition has. */
function nextPart(
  rows: number,
  maxRows: number,
  mostGroups: number,
): { readonly count: number; readonly groups: number } {
  const most = Math.min(mostGroups, Math.floor(rows / maxRows));
  if (most <= 1) return { count: rows, groups: 1 };
  const groups = largestDivisorUpTo(rows, most);
  if (2 * groups > most) return { count: rows, groups };
  return { count: rows - (rows % (maxRows * most)), groups: most };
}

function resized({ sizes, strides }: Space, dim: number, size: number): Space {
  return { sizes: sizes.with(dim, size), strides };
}
