// A stretch of memory as the check sees it: rows of granules, of which each is touched as a whole or not at all. On chip a row
// stands for a group of partitions; a tensor in HBM is one row. Bytes count in units, and a granule is one unit, or as many
// as no access tells apart.

export interface ShadowRegion {
  /** What is in each granule, row after row; 0 at the start. */
  readonly granules: Int32Array;
  readonly rowGranules: number;
  readonly unitBytes: number;
  /** Where granules are of different sizes: for each unit of a row that begins a granule, and its end, the granule's number. */
  readonly granuleOfUnit: Int32Array | undefined;
}

/** A region of one row whose granules are of equal size. */
export function makeEvenRegion(totalBytes: number, unitBytes: number): ShadowRegion {
  const rowGranules = totalBytes / unitBytes;
  return { granules: new Int32Array(rowGranules), rowGranules, unitBytes, granuleOfUnit: undefined };
}

/** A region whose granules begin where `isBorder` holds 1, by unit of a row. */
export function makeUnevenRegion(rows: number, unitBytes: number, isBorder: Uint8Array): ShadowRegion {
  const granuleOfUnit = new Int32Array(isBorder.length + 1);
  let rowGranules = 0;
  for (let unit = 0; unit < isBorder.length; unit++) {
    granuleOfUnit[unit] = isBorder[unit] === 1 || unit === 0 ? rowGranules++ : rowGranules - 1;
  }
  granuleOfUnit[isBorder.length] = rowGranules;
  return { granules: new Int32Array(rows * rowGranules), rowGranules, unitBytes, granuleOfUnit };
}

/** Of the unit that begins it, or of a row's end, the number of the granule in its row. */
export function granuleAt({ granuleOfUnit }: ShadowRegion, unit: number): number {
  return granuleOfUnit === undefined ? unit : granuleOfUnit[unit]!;
}

/** Of a granule of a row, or the row's end, the first byte in the row. */
export function firstByteOf({ granuleOfUnit, unitBytes }: ShadowRegion, granule: number): number {
  return (granuleOfUnit === undefined ? granule : granuleOfUnit.indexOf(granule)) * unitBytes;
}
