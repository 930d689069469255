// An instruction reads all its operands before it writes. On the GPU an invocation writes while others still read, which
// makes no difference where each reads only what it writes itself. Elsewhere the operand is first copied to a second
// buffer, and read there.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { type DevicePlace, elementRange } from "./places.ts";

const suffix = "_before";

export const copyOf = (memory: string): string => memory + suffix;

/** The memory that a second buffer is of; any other is itself. */
export const originalOf = (memory: string): string =>
  memory.endsWith(suffix) ? memory.slice(0, -suffix.length) : memory;

/**
 * The places with those that need it redirected to the copies, and which those are. Without `readsElsewhere` an invocation
 * reads the elements that have the place of what it writes, and columns.
 */
export function takeSnapshots(
  places: ReadonlyMap<string, DevicePlace>,
  written: ReadonlySet<string>,
  readsElsewhere: boolean,
): { readonly places: ReadonlyMap<string, DevicePlace>; readonly snapshots: readonly DevicePlace[] } {
  const targets = [...places.values()].filter(({ name }) => written.has(name));
  const snapshots: DevicePlace[] = [];
  const turned = new Map(places);
  for (const [name, place] of places) {
    if (written.has(name) || !targets.some((target) => isDisturbed(place, target, readsElsewhere))) continue;
    turned.set(name, { ...place, memory: copyOf(place.memory) });
    snapshots.push(place);
  }
  return { places: turned, snapshots };
}

/** Whether writing the target may change what another invocation reads of the place. */
function isDisturbed(place: DevicePlace, target: DevicePlace, readsElsewhere: boolean): boolean {
  if (place.memory !== target.memory || !mayOverlap(place, target)) return false;
  if (readsElsewhere) return true;
  const isColumn = target.free === 1 && place.memory !== "hbm" && target.dims.length === 0;
  return !isColumn && !isSamePattern(place, target);
}

/** Conservative: by the bytes from the first to the last, and on chip, where rows are partitions, by those of a row. */
function mayOverlap(left: DevicePlace, right: DevicePlace): boolean {
  const overlap = ([a, b]: readonly number[], [c, d]: readonly number[]): boolean => a! < d! && c! < b!;
  if (!overlap(byteRange(left), byteRange(right))) return false;
  const rowBytes = left.rowStride * dtypeBytes(left.dtype);
  const isOnChip = left.memory === "sbuf" || left.memory === "psum";
  if (!isOnChip) return true;
  const inRow = (place: DevicePlace): readonly number[] => {
    const [first, end] = byteRange({ ...place, rows: 1 });
    return [first % rowBytes, (first % rowBytes) + end - first];
  };
  return overlap(inRow(left), inRow(right));
}

function byteRange(place: DevicePlace): readonly [number, number] {
  const [first, end] = elementRange(place);
  return [first * dtypeBytes(place.dtype), end * dtypeBytes(place.dtype)];
}

/** Whether element (p, f) is the same bytes in both. */
function isSamePattern(left: DevicePlace, right: DevicePlace): boolean {
  const pattern = ({ dtype, base, rowStride, dims }: DevicePlace) => [dtypeBytes(dtype), base, rowStride, dims];
  return JSON.stringify(pattern(left)) === JSON.stringify(pattern(right));
}
