// The part of a convolution's result that one accumulator holds: rows of a block, or columns of one row.

import { type Affine, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { AccessDim } from "../../../ir-spec/tile.ts";

export interface ResultPart {
  /** The first row of the block, and the first column. */
  readonly row: Affine;
  readonly column: Affine;
  readonly rows: Extent;
  readonly width: Extent;
}

/** Rows and columns of a part, as an access has them. */
export function partDims({ rows }: ResultPart, rowStride: number, width: Extent, stride: number): readonly AccessDim[] {
  if (width.max === 1) return [{ stride: rowStride, size: rows }];
  const columns = { stride, size: width };
  return rows.max === 1 ? [columns] : [{ stride: rowStride, size: rows }, columns];
}

/** Elements of a part: whole rows, or columns of one row. */
export function elementsOf({ rows, width }: ResultPart, columns: number): Extent {
  if (rows.max === 1) return width;
  const { max, limit } = rows;
  return limit === undefined ? { max: max * columns } : { max: max * columns, limit: scaleAffine(limit, columns) };
}
