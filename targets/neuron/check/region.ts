// A stretch of memory as the check sees it: rows of cells, of which each is touched as a whole or not at all. On chip a row
// stands for a group of partitions; a tensor in HBM is one row. Bytes count in units, and a cell is one unit, or as many
// as no access tells apart.

export interface Region {
  /** What stands in each cell, row after row; 0 at the start. */
  readonly cells: Int32Array;
  readonly rowCells: number;
  readonly unitBytes: number;
  /** Where cells are of different sizes: for each unit of a row that begins a cell, and its end, the cell's number. */
  readonly cellOfUnit: Int32Array | undefined;
}

/** A region of one row whose cells are of equal size. */
export function makeEvenRegion(totalBytes: number, unitBytes: number): Region {
  const rowCells = totalBytes / unitBytes;
  return { cells: new Int32Array(rowCells), rowCells, unitBytes, cellOfUnit: undefined };
}

/** A region whose cells begin where `isBorder` holds 1, by unit of a row. */
export function makeUnevenRegion(rows: number, unitBytes: number, isBorder: Uint8Array): Region {
  const cellOfUnit = new Int32Array(isBorder.length + 1);
  let rowCells = 0;
  for (let unit = 0; unit < isBorder.length; unit++) {
    cellOfUnit[unit] = isBorder[unit] === 1 || unit === 0 ? rowCells++ : rowCells - 1;
  }
  cellOfUnit[isBorder.length] = rowCells;
  return { cells: new Int32Array(rows * rowCells), rowCells, unitBytes, cellOfUnit };
}

/** Of the unit that begins it, or of a row's end, the number of the cell in its row. */
export function cellAt({ cellOfUnit }: Region, unit: number): number {
  return cellOfUnit === undefined ? unit : cellOfUnit[unit]!;
}

/** Of a cell of a row, or the row's end, the first byte in the row. */
export function firstByteOf({ cellOfUnit, unitBytes }: Region, cell: number): number {
  return (cellOfUnit === undefined ? cell : cellOfUnit.indexOf(cell)) * unitBytes;
}
