// How the iteration space of a row-wise kernel without reductions becomes [batch..., rows, columns...]: which dimension runs over the
// partitions, and how much of it and of those inside of it one tile has. The form is the one that takes the least time by what it
// transfers: rows over all partitions, long runs, and little that is loaded again and again.
//
//     [64, 4096, 64]     ->     batch 64, rows 128, columns 32 x 64

import { elementCount } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { largestDivisorUpTo, type Space, type Strides, splitAt } from "../space.ts";

export interface SplitSpace {
  readonly space: Space;
  /** The dimension that runs over the partitions; those before it are loops, those after it are columns. */
  readonly rowDim: number;
}

export interface SplitLimits {
  readonly machine: Machine;
  /** Rows and columns of a tile at most. */
  readonly maxRows: number;
  readonly maxColumns: number;
  readonly operands: readonly SplitOperand[];
}

/** How an operand is transferred; of several that are the parts of one run the first represents all. */
export interface SplitOperand {
  /** Of an element, in all parts of the run (B); 0 for what another one represents, or what is not transferred. */
  readonly bytes: number;
  /** The distance of neighbours in a run: the number of its parts, where they alternate. */
  readonly unit: number;
  /** Whether it is loaded transposed where its neighbours lie in rows. */
  readonly isTransposable: boolean;
}

/** Whether a tile's columns are rows in memory, so that a transposing load has longer runs. */
export function isTransposed(strides: Strides, rowDim: number): boolean {
  return strides.length === rowDim + 2 && strides[rowDim] === 1 && (strides[rowDim + 1] as number) > 1;
}

/** The share of a descriptor's time that its fixed cost may be. Assumed: wider tiles gain little, and pipeline worse. */
const fixedShare = 1 / 24;

/** Columns, a power of two, of which rows of 2-byte elements move at nearly the rate of the DMA engines. */
export function usualColumns({ dmaDescriptorNs, dmaEngineBytesPerSecond }: Machine): number {
  const bytes = (dmaDescriptorNs * (1 / fixedShare - 1) * dmaEngineBytesPerSecond) / 1e9;
  return Math.max(1, 2 ** Math.ceil(Math.log2(bytes / 2)));
}

/** A part of a space, and the index along its last dimension at which it begins. */
export interface SpacePart {
  readonly split: SplitSpace;
  readonly start: number;
}

/**
 * The fastest form of a space; or of two parts of it, where its last dimension is a multiple of the partitions but for a rest. A prime
 * number of elements has no other form than one row.
 */
export function fastestParts(space: Space, limits: SplitLimits): readonly SpacePart[] {
  const whole = fastestSplit(space, limits);
  const size = space.sizes.at(-1) as number;
  const rest = size % limits.maxRows;
  if (rest === 0 || size <= limits.maxRows) return [{ split: whole, start: 0 }];
  const parts = [
    { split: fastestSplit(resized(space, size - rest), limits), start: 0 },
    { split: fastestSplit(resized(space, rest), limits), start: size - rest },
  ];
  const { dmaStartNs, dmaFinishNs } = limits.machine;
  const partsNs = parts.reduce((sum, { split }) => sum + timeNs(split, limits), dmaStartNs + dmaFinishNs);
  return partsNs < timeNs(whole, limits) * (1 - minGain) ? parts : [{ split: whole, start: 0 }];
}

function resized({ sizes, strides }: Space, last: number): Space {
  return { sizes: sizes.with(-1, last), strides };
}

/** The fastest form; of equal ones that with the innermost rows. */
function fastestSplit(space: Space, limits: SplitLimits): SplitSpace {
  const [first, ...others] = formsOf(space, limits) as [SplitSpace, ...SplitSpace[]];
  let [best, bestNs] = [first, timeNs(first, limits)];
  for (const form of others) {
    const ns = timeNs(form, limits);
    if (ns < bestNs * (1 - minGain)) [best, bestNs] = [form, ns];
  }
  return best;
}

/** By how much a form must be faster than one that comes before it. Assumed. */
const minGain = 0.02;

function formsOf(space: Space, limits: SplitLimits): readonly SplitSpace[] {
  const { sizes } = space;
  const { machine, maxRows, maxColumns } = limits;
  const last = sizes.length - 1;
  const room = Math.min(maxColumns, usualColumns(machine));
  const forms: SplitSpace[] = [];
  for (let dim = last - 1; dim >= 0; dim--) {
    const width = elementCount(sizes.slice(dim + 1));
    const columnDims = last - dim;
    if (columnDims > 1 && (width > room || columnDims >= machine.accessDims)) {
      if (columnDims < machine.accessDims) forms.push(...narrowed(space, dim, room));
      break;
    }
    forms.push({ space, rowDim: dim });
    const spare = Math.min(Math.floor((sizes[dim] as number) / maxRows), Math.floor(room / width));
    const inner = largestDivisorUpTo(sizes[dim] as number, Math.max(1, spare));
    if (inner > 1 && columnDims + 1 < machine.accessDims)
      forms.push({ space: splitAt(space, dim, inner), rowDim: dim });
  }
  const rows = largestDivisorUpTo(sizes[last] as number, maxRows);
  return [...forms, { space: splitAt(space, last, (sizes[last] as number) / rows), rowDim: last }];
}

/** Rows whose columns are too many for a tile: as many of their first dimension as it has room for; a loop around the rows does the rest. */
function narrowed(space: Space, rowDim: number, room: number): readonly SplitSpace[] {
  const inner = elementCount(space.sizes.slice(rowDim + 2));
  const count = largestDivisorUpTo(space.sizes[rowDim + 1] as number, Math.max(1, Math.floor(room / inner)));
  if (count === 1) return [];
  const swapped = <T>(items: readonly T[]): readonly T[] =>
    items.with(rowDim, items[rowDim + 1] as T).with(rowDim + 1, items[rowDim] as T);
  const { sizes, strides } = splitAt(space, rowDim + 1, count);
  return [{ space: { sizes: swapped(sizes), strides: strides.map(swapped) }, rowDim: rowDim + 1 }];
}

/** What all tiles transfer and compute, each engine by itself; each statement and transfer of a tile has a fixed cost. */
function timeNs({ space, rowDim }: SplitSpace, limits: SplitLimits): number {
  const { machine, maxRows, maxColumns, operands } = limits;
  const { sizes, strides } = space;
  const rows = sizes[rowDim] as number;
  const columns = elementCount(sizes.slice(rowDim + 1));
  const rowTiles = Math.ceil(rows / Math.min(rows, maxRows));
  const columnTiles = Math.ceil(columns / Math.min(columns, maxColumns, usualColumns(machine)));
  const tiles = elementCount(sizes.slice(0, rowDim)) * rowTiles * columnTiles;
  const steps = (rowTiles * elementCount(sizes)) / rows;
  const computeNs = ((steps + tiles * machine.dveOverheadCycles) * 1e9) / machine.dveClockHz;
  const movedNs = operands.reduce((sum, operand, index) => {
    const own = { operand, strides: strides[index] as Strides };
    return operand.bytes === 0 ? sum : sum + operandNs({ space, rowDim }, own, limits);
  }, 0);
  const transferNs = Math.max(movedNs, tiles * machine.dmaIssueNs);
  return Math.max(computeNs, transferNs) + Math.min(computeNs, transferNs) * tieShare;
}

/** How much of the shorter one of both times counts, so that ties break sensibly. Assumed. */
const tieShare = 0.05;

/** Time of an operand's tiles, in runs of neighbouring elements; loops that it does not depend on are outside of its load. */
function operandNs(
  { space: { sizes }, rowDim }: SplitSpace,
  { operand, strides }: { readonly operand: SplitOperand; readonly strides: Strides },
  { machine, maxRows }: SplitLimits,
): number {
  const transposes = operand.isTransposable && isTransposed(strides, rowDim);
  let run = transposes ? Math.min(sizes[rowDim] as number, maxRows) : 1;
  let dim = sizes.length - 1;
  while (dim > rowDim && strides[dim] === run * operand.unit) run *= sizes[dim--] as number;
  const isRead = (_size: number, at: number): boolean => at === rowDim || strides[at] !== 0;
  const runs = elementCount(sizes.filter(isRead)) / run;
  const runNs = machine.dmaDescriptorNs + (run * operand.bytes * 1e9) / machine.dmaEngineBytesPerSecond;
  return (runs * runNs * (transposes ? machine.dmaTransposeFactor : 1)) / machine.dmaEngines;
}
