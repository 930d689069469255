// Changes of one tensor, as simple mistakes make them: transposed, shifted, another tile, a tail left out, another dtype.

import { type Dtype, roundAllTo } from "../../../ir-spec/base/dtype.ts";
import { rowMajorStrides, type Tensor } from "../../../ir-spec/base/tensor.ts";

/** The tensor whose elements are those at other places; out of range is NaN. */
function gathered(tensor: Tensor, placeOf: (place: number) => number): Tensor {
  const { data } = tensor;
  const changed = Float64Array.from(data, (_, place) => data[placeOf(place)] ?? Number.NaN);
  return { ...tensor, data: changed };
}

/** An axis seen by places: its stride, and the coordinate along it. */
interface AxisOf {
  readonly stride: number;
  readonly size: number;
}

const axisOf = ({ shape }: Tensor, axis: number): AxisOf => ({
  stride: rowMajorStrides(shape)[axis] ?? 1,
  size: shape[axis] ?? 1,
});

const along = ({ stride, size }: AxisOf, place: number): number => Math.floor(place / stride) % size;

/** Two axes of equal size exchanged, in blocks of `block` by `block`. */
export function transposedInBlocks(tensor: Tensor, [a, b]: readonly [number, number], block: number): Tensor {
  const [first, second] = [axisOf(tensor, a), axisOf(tensor, b)];
  return gathered(tensor, (place) => {
    const [i, j] = [along(first, place), along(second, place)];
    const [row, column] = [i % block, j % block];
    return place + (column - row) * first.stride + (row - column) * second.stride;
  });
}

/** The elements of the last two axes read as if they lay column by column. */
export function readByColumns(tensor: Tensor): Tensor {
  const [rows = 1, columns = 1] = tensor.shape.slice(-2);
  const size = rows * columns;
  return gathered(tensor, (place) => {
    const within = place % size;
    return place - within + (within % columns) * rows + Math.floor(within / columns);
  });
}

/** Each element the one that is `by` further along the order of memory. */
export function shiftedInMemory(tensor: Tensor, by: number): Tensor {
  return gathered(tensor, (place) => place + by);
}

/** Each element the one that is `by` further along an axis; at the end what was there. */
export function shiftedAlong(tensor: Tensor, axis: number, by: number): Tensor {
  const { stride, size } = axisOf(tensor, axis);
  return gathered(tensor, (place) => {
    const at = along({ stride, size }, place) + by;
    return at >= 0 && at < size ? place + by * stride : place;
  });
}

/** Blocks along an axis take the place of the one after. */
export function previousBlocks(tensor: Tensor, axis: number, block: number): Tensor {
  return shiftedAlong(tensor, axis, -block);
}

/** Zeros, or another number, in place of the last elements along an axis. */
export function withoutTail(tensor: Tensor, axis: number, count: number, filler = 0): Tensor {
  const { stride, size } = axisOf(tensor, axis);
  const data = tensor.data.map((x, place) => (along({ stride, size }, place) >= size - count ? filler : x));
  return { ...tensor, data };
}

export function scaledBy(tensor: Tensor, factor: number): Tensor {
  return { ...tensor, data: tensor.data.map((x) => x * factor) };
}

export function mapped(tensor: Tensor, change: (x: number) => number): Tensor {
  return { ...tensor, data: tensor.data.map(change) };
}

/** The tensor as a smaller dtype holds it; its own dtype stays. */
export function keptIn(tensor: Tensor, dtype: Dtype): Tensor {
  const data = Float64Array.from(tensor.data);
  roundAllTo(dtype, data);
  return { ...tensor, data };
}

/** A row as every column of a tile: element [.., i, j] is that of i, counted from the first row of its tile. */
export function rowAsColumn(row: Tensor, shape: readonly number[], tileRows: number): Tensor {
  const columns = shape.at(-1) ?? 1;
  const rows = shape.at(-2) ?? 1;
  const size = shape.reduce((product, each) => product * each, 1);
  const data = Float64Array.from({ length: size }, (_, place) => {
    const at = (Math.floor(place / columns) % rows) % tileRows;
    return row.data[at] ?? Number.NaN;
  });
  return { dtype: row.dtype, shape, data };
}
