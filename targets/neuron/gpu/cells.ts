// Which batch last wrote and last read each piece of the buffers. A piece, a cell, is a few bytes of one buffer; on chip it
// spans a block of partitions, since most operands span them all. Coarse cells can only order more than is needed.
//
// The buffers of SBUF and PSUM hold the memory several times. Each cell has one version that counts. An execution that
// overwrites whole cells turns to the next version, so that it need not wait for those that still read what was there: the
// registers of a processor are renamed in the same way. Programs reuse the little memory that they have all the time, so
// without this few instructions could run together.
// Source of the idea: R. M. Tomasulo, "An Efficient Algorithm for Exploiting Multiple Arithmetic Units", IBM Journal 11 (1967).

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { MemoryMap } from "./memory-map.ts";
import { type DevicePlace, wordBytes } from "./places.ts";
import { originalOf } from "./snapshot.ts";

/** Assumed: as long as the smallest operands that lie side by side; a power of two. */
export const minCellBytes = 16;
/** Assumed: as many cells of a buffer as are worth their memory; larger buffers get larger cells. */
const maxCells = 2 ** 22;

/** The cells of one buffer; the arrays are changed in place. Batches count from 0; -1 is before all of them. */
export interface Cells {
  readonly memory: string;
  readonly cellBytes: number;
  /** On chip: partitions of a block, all partitions, and the bytes of one. In other buffers one row is all. */
  readonly blockRows: number;
  readonly rows: number;
  readonly rowBytes: number;
  readonly rowCells: number;
  readonly count: number;
  /** How often the buffer holds the memory, and the bytes from one version to the next. */
  readonly versions: number;
  readonly versionBytes: number;
  /** By cell: the version that counts. */
  readonly version: Uint16Array;
  /** By version and cell. */
  readonly lastWrite: Int32Array;
  readonly lastRead: Int32Array;
}

/** Runs of bytes, three numbers each: the first cell of their block, the first byte in it and one past the last. */
export type ByteRuns = Float64Array;

export function makeCells(memory: string, map: MemoryMap, machine: Machine): Cells {
  const all = map.bufferBytes.get(originalOf(memory));
  invariant(all !== undefined, `there is no memory ${memory}`);
  const isOnChip = memory === "sbuf" || memory === "psum";
  const versions = isOnChip ? map.versions[memory] : 1;
  const bytes = all / (map.versions[originalOf(memory)] ?? 1);
  const rows = isOnChip ? machine.partitions : 1;
  const rowBytes = bytes / rows;
  const blockRows = isOnChip ? machine.partitionStartMultiple : 1;
  const blocks = Math.ceil(rows / blockRows);
  let cellBytes = memory === "stationary" ? map.stationary.slotWords * wordBytes : minCellBytes;
  while (blocks * Math.ceil(rowBytes / cellBytes) > maxCells) cellBytes *= 2;
  const rowCells = Math.ceil(rowBytes / cellBytes);
  const count = blocks * rowCells;
  const lastWrite = new Int32Array(versions * count).fill(-1);
  return {
    ...{ memory, cellBytes, blockRows, rows, rowBytes, rowCells, count, versions, versionBytes: bytes },
    ...{ version: new Uint16Array(count), lastWrite, lastRead: lastWrite.slice() },
  };
}

/** The bytes that a place touches. */
export function byteRuns(place: DevicePlace, cells: Cells): ByteRuns {
  const bytes = dtypeBytes(place.dtype);
  const inRow = mergeRuns(rowRuns(place).map(([at, elements]) => [at * bytes, (at + elements) * bytes]));
  const firstByte = place.base * bytes;
  if (cells.rows === 1) {
    const rows = place.rowStride === 0 ? 1 : place.rows;
    const starts = [...new Array(rows).keys()].map((p) => firstByte + p * place.rowStride * bytes);
    const runs = starts.flatMap((start) => inRow.map(([from, end]): ByteRange => [start + from, start + end]));
    return Float64Array.from(mergeRuns(runs).flatMap(([from, end]) => [0, from, end]));
  }
  const startRow = Math.floor(firstByte / cells.rowBytes);
  const start = firstByte - startRow * cells.rowBytes;
  const firstBlock = Math.floor(startRow / cells.blockRows);
  const lastBlock = Math.floor((startRow + place.rows - 1) / cells.blockRows);
  const blocks = [...new Array(lastBlock - firstBlock + 1).keys()].map(
    (block) => (firstBlock + block) * cells.rowCells,
  );
  return Float64Array.from(
    blocks.flatMap((first) => inRow.flatMap(([from, end]) => [first, start + from, start + end])),
  );
}

/** Whether a place on chip is made of whole cells. */
export function hasFullCells(
  place: DevicePlace,
  runs: ByteRuns,
  { cellBytes, blockRows, rowBytes, rows }: Cells,
): boolean {
  const startRow = Math.floor((place.base * dtypeBytes(place.dtype)) / rowBytes);
  const endRow = startRow + place.rows;
  if (startRow % blockRows !== 0 || (endRow % blockRows !== 0 && endRow !== rows)) return false;
  return runs.every((number, index) => index % 3 === 0 || number % cellBytes === 0);
}

type ByteRange = readonly [from: number, end: number];

function mergeRuns(runs: readonly ByteRange[]): readonly ByteRange[] {
  const merged: ByteRange[] = [];
  for (const [from, end] of runs.toSorted(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], end)];
    else merged.push([from, end]);
  }
  return merged;
}

/** The runs of neighbouring elements in a row: offset and length. */
function rowRuns({ dims }: DevicePlace): readonly (readonly [offset: number, elements: number])[] {
  const inner = dims.at(-1);
  const hasRuns = inner !== undefined && inner.stride === 1;
  let offsets: readonly number[] = [0];
  for (const { size, stride } of hasRuns ? dims.slice(0, -1) : dims) {
    if (stride === 0) continue;
    offsets = offsets.flatMap((offset) => [...new Array(size).keys()].map((index) => offset + index * stride));
  }
  return offsets.map((offset) => [offset, hasRuns ? inner.size : 1]);
}

/** Bytes that an execution touches: those of runs, moved by as many bytes. */
export interface Touched {
  readonly cells: Cells;
  readonly runs: ByteRuns;
  readonly shiftBytes: number;
}

const firstCell = (runs: ByteRuns, run: number, shiftBytes: number, cellBytes: number): number =>
  runs[run]! + Math.floor((runs[run + 1]! + shiftBytes) / cellBytes);

const lastCell = (runs: ByteRuns, run: number, shiftBytes: number, cellBytes: number): number =>
  runs[run]! + Math.floor((runs[run + 2]! + shiftBytes - 1) / cellBytes);

/** The version that counts of all cells; -1 where they differ. */
export function commonVersion({ cells, runs, shiftBytes }: Touched): number {
  const { version, cellBytes, versions } = cells;
  if (versions === 1 || runs.length === 0) return 0;
  const common = version[firstCell(runs, 0, shiftBytes, cellBytes)]!;
  for (let run = 0; run < runs.length; run += 3) {
    const last = lastCell(runs, run, shiftBytes, cellBytes);
    for (let cell = firstCell(runs, run, shiftBytes, cellBytes); cell <= last; cell++) {
      if (version[cell] !== common) return -1;
    }
  }
  return common;
}

/** The version behind that of the first cell. */
export function nextVersion({ cells, runs, shiftBytes }: Touched): number {
  return (cells.version[firstCell(runs, 0, shiftBytes, cells.cellBytes)]! + 1) % cells.versions;
}

export function setVersion({ cells, runs, shiftBytes }: Touched, version: number): void {
  for (let run = 0; run < runs.length; run += 3) {
    const from = firstCell(runs, run, shiftBytes, cells.cellBytes);
    cells.version.fill(version, from, lastCell(runs, run, shiftBytes, cells.cellBytes) + 1);
  }
}

/** The latest of the batches that are noted for the cells of a version. */
export function latest(batches: Int32Array, { cells, runs, shiftBytes }: Touched, version: number): number {
  const start = version * cells.count;
  let found = -1;
  for (let run = 0; run < runs.length; run += 3) {
    const last = start + lastCell(runs, run, shiftBytes, cells.cellBytes);
    for (let cell = start + firstCell(runs, run, shiftBytes, cells.cellBytes); cell <= last; cell++) {
      if (batches[cell]! > found) found = batches[cell]!;
    }
  }
  return found;
}

/** Whether one batch is noted for all cells of a version. */
export function isNoted(
  batches: Int32Array,
  { cells, runs, shiftBytes }: Touched,
  version: number,
  batch: number,
): boolean {
  const start = version * cells.count;
  for (let run = 0; run < runs.length; run += 3) {
    const last = start + lastCell(runs, run, shiftBytes, cells.cellBytes);
    for (let cell = start + firstCell(runs, run, shiftBytes, cells.cellBytes); cell <= last; cell++) {
      if (batches[cell] !== batch) return false;
    }
  }
  return true;
}

/** Notes a batch, where no later one is noted. */
export function note(batches: Int32Array, { cells, runs, shiftBytes }: Touched, version: number, batch: number): void {
  const start = version * cells.count;
  for (let run = 0; run < runs.length; run += 3) {
    const last = start + lastCell(runs, run, shiftBytes, cells.cellBytes);
    for (let cell = start + firstCell(runs, run, shiftBytes, cells.cellBytes); cell <= last; cell++) {
      if (batches[cell]! < batch) batches[cell] = batch;
    }
  }
}
