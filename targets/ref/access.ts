// Gathering and scattering of operands: between a buffer's memory and a packed block of p rows of f elements.
// Speed comes from runs: neighbouring dimensions are merged, and the innermost one is copied in one go.

import { evalAffine, evalExtent, type LoopIndices } from "../../ir-spec/affine.ts";
import { elementCount } from "../../ir-spec/base/tensor.ts";
import { type Access, freeElements, type TileBuffer } from "../../ir-spec/tile.ts";

/** An access with every number known: dimensions outermost first, the partitions among them. */
export interface ResolvedAccess {
  readonly p: number;
  readonly f: number;
  /** Offset of the first element in the buffer's memory. */
  readonly start: number;
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  /** Whether every element lies within the buffer, and none beyond its partition. */
  readonly isInBounds: boolean;
}

/** On chip a buffer's memory is [partitions, free elements], row-major. */
export function bufferElements(buffer: TileBuffer): number {
  return elementCount(buffer.shape);
}

/** Evaluates an access in one iteration. */
export function resolveAccess(access: Access, buffer: TileBuffer, indices: LoopIndices): ResolvedAccess {
  const p = evalExtent(access.partition.size, indices);
  const sizes = access.dims.map((dim) => evalExtent(dim.size, indices));
  const strides = access.dims.map((dim) => dim.stride);
  const f = elementCount(sizes);
  const offset = evalAffine(access.offset, indices);
  const isOnChip = buffer.memory !== "hbm";
  const rowElements = isOnChip ? freeElements(buffer) : access.partition.stride;
  const isEmpty = p * f === 0;
  const isInBounds =
    isEmpty || (isOnChip ? isInChip(access, buffer, offset, p, sizes) : isInTensor(access, buffer, offset, p, sizes));
  const start = offset + (isOnChip ? access.partition.start * rowElements : 0);
  return { p, f, start, sizes: [p, ...sizes], strides: [rowElements, ...strides], isInBounds };
}

function isInChip(access: Access, buffer: TileBuffer, offset: number, p: number, sizes: readonly number[]): boolean {
  const strides = access.dims.map((dim) => dim.stride);
  const isInPartitions = access.partition.start >= 0 && access.partition.start + p <= (buffer.shape[0] ?? 0);
  return isInPartitions && isWithin(offset, sizes, strides, freeElements(buffer));
}

function isInTensor(access: Access, buffer: TileBuffer, offset: number, p: number, sizes: readonly number[]): boolean {
  const strides = [access.partition.stride, ...access.dims.map((dim) => dim.stride)];
  return isWithin(offset, [p, ...sizes], strides, bufferElements(buffer));
}

/** Whether the elements lie within 0 .. limit - 1. */
function isWithin(offset: number, sizes: readonly number[], strides: readonly number[], limit: number): boolean {
  let first = offset;
  let last = offset;
  for (const [axis, size] of sizes.entries()) {
    const reach = (size - 1) * (strides[axis] ?? 0);
    if (reach < 0) first += reach;
    else last += reach;
  }
  return first >= 0 && last < limit;
}

/** The region's elements in order; a view of `memory` where they lie side by side. */
export function gather(region: ResolvedAccess, memory: Float64Array): Float64Array {
  const count = region.p * region.f;
  if (count === 0) return new Float64Array(0);
  const { sizes, strides } = mergeDimensions(region);
  const isOneRun = sizes.length === 1 && strides[0] === 1;
  if (isOneRun) return memory.subarray(region.start, region.start + count);
  const packed = new Float64Array(count);
  forEachRun(region.start, sizes, strides, (at, packedAt, size, stride) => {
    if (stride === 1) packed.set(memory.subarray(at, at + size), packedAt);
    else for (let i = 0; i < size; i++) packed[packedAt + i] = memory[at + i * stride]!;
  });
  return packed;
}

/** Writes a packed block to the region. */
export function scatter(region: ResolvedAccess, memory: Float64Array, packed: Float64Array): void {
  if (region.p * region.f === 0) return;
  const { sizes, strides } = mergeDimensions(region);
  forEachRun(region.start, sizes, strides, (at, packedAt, size, stride) => {
    if (stride === 1) memory.set(packed.subarray(packedAt, packedAt + size), at);
    else for (let i = 0; i < size; i++) memory[at + i * stride] = packed[packedAt + i]!;
  });
}

interface Dimensions {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
}

/** Drops dimensions of one element and joins those that continue one another; at least one is left. */
function mergeDimensions(region: ResolvedAccess): Dimensions {
  const sizes: number[] = [];
  const strides: number[] = [];
  for (const [axis, size] of region.sizes.entries()) {
    const stride = region.strides[axis] ?? 0;
    if (size === 1) continue;
    const outer = sizes.length - 1;
    if (outer >= 0 && strides[outer] === size * stride) {
      sizes[outer] = size * (sizes[outer] ?? 1);
      strides[outer] = stride;
    } else {
      sizes.push(size);
      strides.push(stride);
    }
  }
  return sizes.length === 0 ? { sizes: [1], strides: [1] } : { sizes, strides };
}

/** Calls `visit` for each run of the innermost dimension: where it begins in memory and in the packed block. */
function forEachRun(
  start: number,
  sizes: readonly number[],
  strides: readonly number[],
  visit: (at: number, packedAt: number, size: number, stride: number) => void,
): void {
  const inner = sizes.length - 1;
  const size = sizes[inner]!;
  const stride = strides[inner]!;
  const index = new Int32Array(inner);
  const runs = elementCount(sizes.slice(0, inner));
  let at = start;
  for (let run = 0; run < runs; run++) {
    visit(at, run * size, size, stride);
    for (let axis = inner - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      at -= sizes[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}
