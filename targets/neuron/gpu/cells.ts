// Which batch last wrote and last read each piece of the buffers. A piece, a cell, is a few bytes of one buffer; on chip it
// spans a block of partitions, since most operands span them all. Coarse cells can only order more than is needed.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { MemoryMap } from "./memory-map.ts";
import type { Place } from "./places.ts";
import { originalOf } from "./snapshot.ts";

/** Assumed: as long as the smallest operands that lie side by side; a power of two. */
const leastCellBytes = 16;
/** Assumed: as many cells of a buffer as are worth their memory; larger buffers get larger cells. */
const mostCells = 2 ** 22;

/** The cells of one buffer. Batches count from 0; -1 is before all of them. */
interface Cells {
  readonly cellBytes: number;
  /** On chip: partitions of a block, and the bytes of a partition. In other buffers one row is all. */
  readonly blockRows: number;
  readonly rowBytes: number;
  readonly rowCells: number;
  readonly lastWrite: Int32Array;
  readonly lastRead: Int32Array;
}

export interface Shadow {
  readonly lastWrite: (place: Place) => number;
  readonly lastRead: (place: Place) => number;
  /** Whether the batch was the last to write all of the place. */
  readonly isWrittenBy: (place: Place, batch: number) => boolean;
  readonly read: (place: Place, batch: number) => void;
  readonly write: (place: Place, batch: number) => void;
}

export function makeShadow(map: MemoryMap, machine: Machine): Shadow {
  const byMemory = new Map<string, Cells>();
  const cellsOf = (memory: string): Cells => {
    const known = byMemory.get(memory) ?? makeCells(memory, map, machine);
    byMemory.set(memory, known);
    return known;
  };
  const latest = (batches: Int32Array, place: Place, cells: Cells): number => {
    let last = -1;
    forEachRun(place, cells, (from, end) => {
      for (let cell = from; cell < end; cell++) if (batches[cell]! > last) last = batches[cell]!;
    });
    return last;
  };
  const mark = (batches: Int32Array, place: Place, cells: Cells, batch: number): void => {
    forEachRun(place, cells, (from, end) => {
      for (let cell = from; cell < end; cell++) if (batches[cell]! < batch) batches[cell] = batch;
    });
  };
  return {
    lastWrite: (place) => latest(cellsOf(place.memory).lastWrite, place, cellsOf(place.memory)),
    lastRead: (place) => latest(cellsOf(place.memory).lastRead, place, cellsOf(place.memory)),
    isWrittenBy: (place, batch) => {
      const { lastWrite } = cellsOf(place.memory);
      let isAll = true;
      forEachRun(place, cellsOf(place.memory), (from, end) => {
        for (let cell = from; cell < end; cell++) if (lastWrite[cell] !== batch) isAll = false;
      });
      return isAll;
    },
    read: (place, batch) => mark(cellsOf(place.memory).lastRead, place, cellsOf(place.memory), batch),
    write: (place, batch) => mark(cellsOf(place.memory).lastWrite, place, cellsOf(place.memory), batch),
  };
}

function makeCells(memory: string, map: MemoryMap, machine: Machine): Cells {
  const bytes = map.bufferBytes.get(originalOf(memory));
  invariant(bytes !== undefined, `there is no memory ${memory}`);
  const isOnChip = memory === "sbuf" || memory === "psum";
  const rowBytes = isOnChip ? map.rowBytes[memory] : bytes;
  const blockRows = isOnChip ? machine.partitionStartMultiple : 1;
  const blocks = isOnChip ? Math.ceil(machine.partitions / blockRows) : 1;
  let cellBytes = leastCellBytes;
  while (blocks * Math.ceil(rowBytes / cellBytes) > mostCells) cellBytes *= 2;
  const rowCells = Math.ceil(rowBytes / cellBytes);
  const lastWrite = new Int32Array(blocks * rowCells).fill(-1);
  return { cellBytes, blockRows, rowBytes, rowCells, lastWrite, lastRead: lastWrite.slice() };
}

/** Calls `visit` for each run of neighbouring cells that the place touches; a cell may come several times. */
function forEachRun(place: Place, cells: Cells, visit: (from: number, end: number) => void): void {
  const { cellBytes, blockRows, rowBytes, rowCells } = cells;
  const bytes = dtypeBytes(place.dtype);
  const rows = Math.max(1, rowBytes / bytes);
  const startRow = Math.floor(place.base / rows);
  const isByBlock = blockRows > 1 || rowCells < cells.lastWrite.length;
  const runs = rowRuns(place);
  let lastBlock = -1;
  for (let p = 0; p < (place.rowStride === 0 ? 1 : place.rows); p++) {
    const block = isByBlock ? Math.floor((startRow + p) / blockRows) : 0;
    if (isByBlock && block === lastBlock) continue;
    lastBlock = block;
    const first = isByBlock ? place.base - startRow * rows : place.base + p * place.rowStride;
    for (const [offset, elements] of runs) {
      const from = block * rowCells + Math.floor(((first + offset) * bytes) / cellBytes);
      visit(from, block * rowCells + Math.floor(((first + offset + elements) * bytes - 1) / cellBytes) + 1);
    }
  }
}

/** The runs of neighbouring elements in a row: offset and length. */
function rowRuns({ dims }: Place): readonly (readonly [offset: number, elements: number])[] {
  const inner = dims.at(-1);
  const hasRuns = inner !== undefined && inner.stride === 1;
  let offsets: readonly number[] = [0];
  for (const { size, stride } of hasRuns ? dims.slice(0, -1) : dims) {
    if (stride === 0) continue;
    offsets = offsets.flatMap((offset) => [...new Array(size).keys()].map((index) => offset + index * stride));
  }
  return offsets.map((offset) => [offset, hasRuns ? inner.size : 1]);
}
