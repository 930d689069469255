// Where an operand's elements lie in the buffers that stand for the machine's memories. A place counts in elements of its
// own dtype from the start of its buffer: element (p, f) of the operand is element
// `base + p * rowStride + sum over d of index_d(f) * strides_d` of the buffer, f counting the free elements of a row.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";

/** Bytes of the words that buffers are made of. */
export const wordBytes = Uint32Array.BYTES_PER_ELEMENT;

/** Invocations of a workgroup along each of two sides: so many lanes are good on every GPU, and on software. */
export const squareLanes = 8;

export interface PlaceDim {
  readonly size: number;
  readonly stride: number;
}

export interface DevicePlace {
  /** The operand's name in its instruction. */
  readonly name: string;
  /** The buffer. */
  readonly memory: string;
  readonly dtype: Dtype;
  readonly base: number;
  readonly rows: number;
  readonly rowStride: number;
  /** Elements of a row. */
  readonly free: number;
  /** Outermost first; none of size 1, none that could be merged with its neighbour. */
  readonly dims: readonly PlaceDim[];
  /** The place whose first row picks this one's elements. */
  readonly indices?: string;
}

/** Elements of the dtype in a word. */
export function elementsPerWord(dtype: Dtype): number {
  return wordBytes / dtypeBytes(dtype);
}

/** Drops dimensions of size 1 and merges those that are walked as one. */
export function mergeDims(sizes: readonly number[], strides: readonly number[]): readonly PlaceDim[] {
  const dims: PlaceDim[] = [];
  for (const [dim, size] of sizes.entries()) {
    const stride = strides[dim]!;
    const outer = dims.at(-1);
    if (size === 1) continue;
    if (outer !== undefined && outer.stride === stride * size) {
      dims[dims.length - 1] = { size: outer.size * size, stride };
    } else dims.push({ size, stride });
  }
  return dims;
}

/** Whether the elements of a row make up whole words: each run begins with a word, and only the last may end within one. */
export function isPacked({ dtype, base, rows, rowStride, dims }: DevicePlace): boolean {
  const perWord = elementsPerWord(dtype);
  const inner = dims.at(-1);
  const outer = dims.slice(0, -1);
  if (inner === undefined || inner.stride !== 1) return false;
  if (base % perWord !== 0 || (rows > 1 && rowStride % perWord !== 0)) return false;
  if (rows > 1 && Math.abs(rowStride) < inner.size) return false;
  return outer.length === 0 || (inner.size % perWord === 0 && outer.every(({ stride }) => stride % perWord === 0));
}

/** The same bytes as words, of a packed place whose rows are whole words; undefined for others. */
export function asWords(place: DevicePlace): DevicePlace | undefined {
  const perWord = elementsPerWord(place.dtype);
  const inner = place.dims.at(-1);
  const hasWholeRuns = inner !== undefined && inner.stride === 1 && inner.size % perWord === 0;
  const strides = [place.base, place.rowStride, ...place.dims.slice(0, -1).map(({ stride }) => stride)];
  if (!hasWholeRuns || strides.some((stride) => stride % perWord !== 0)) return undefined;
  const dims = place.dims.map(({ size, stride }, dim) =>
    dim === place.dims.length - 1 ? { size: size / perWord, stride: 1 } : { size, stride: stride / perWord },
  );
  return {
    ...place,
    dtype: "i32",
    base: place.base / perWord,
    rowStride: place.rowStride / perWord,
    free: place.free / perWord,
    dims: dims.filter(({ size }) => size !== 1),
  };
}

/** First element and one past the last that the place touches, all its rows included. */
export function elementRange({ base, rows, rowStride, dims }: DevicePlace): readonly [first: number, end: number] {
  let first = base;
  let last = base;
  for (const { size, stride } of [{ size: rows, stride: rowStride }, ...dims]) {
    const reach = (size - 1) * stride;
    if (reach < 0) first += reach;
    else last += reach;
  }
  return [first, last + 1];
}
