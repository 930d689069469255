// The elements that an access of a tile program may touch, as a box over the axes of its buffer: what its own iteration adds is
// left symbolic, what loops inside a statement add is a range. Two accesses whose boxes do not meet are independent.

import type { Affine } from "../../../ir-spec/affine.ts";
import type { LoopId } from "../../../ir-spec/base/ids.ts";
import { rowMajorStrides } from "../../../ir-spec/base/tensor.ts";
import type { Access, TileBuffer } from "../../../ir-spec/tile.ts";
import { compareTexts } from "./order.ts";

/** Iterations of the loops inside of a statement, at most. */
export type InnerTrips = ReadonlyMap<LoopId, number>;

interface AxisRange {
  readonly low: number;
  readonly high: number;
}

/** `outer`: the part that loops around the statement add, as a text; boxes with other ones are not compared. */
export interface AccessBox {
  readonly outer: string;
  /** Absent where a step of the access is along no axis, or leaves one. */
  readonly axes: readonly AxisRange[] | undefined;
}

export function boxOf(access: Access, buffer: TileBuffer, inner: InnerTrips): AccessBox {
  const { partition, dims, offset } = access;
  const isInHbm = buffer.memory === "hbm";
  const shape = isInHbm ? buffer.shape : buffer.shape.slice(1);
  const rows = { stride: partition.stride, count: partition.size.max };
  const free = dims.map(({ stride, size }) => ({ stride, count: size.max }));
  const loops = offset.terms.flatMap(({ loop, scale }) => {
    const trips = inner.get(loop);
    return trips === undefined ? [] : [{ stride: scale, count: trips }];
  });
  const steps = isInHbm ? [rows, ...free, ...loops] : [...free, ...loops];
  const axes = axisRanges(offset.constant, steps, shape);
  const partitions = { low: partition.start, high: partition.start + partition.size.max - 1 };
  const all = isInHbm || axes === undefined ? axes : [partitions, ...axes];
  return { outer: outerPart(offset, inner), axes: all };
}

function outerPart({ terms }: Affine, inner: InnerTrips): string {
  const outer = terms.filter(({ loop }) => !inner.has(loop));
  return outer
    .map(({ loop, scale }) => `${loop}*${scale}`)
    .sort(compareTexts)
    .join("+");
}

interface Step {
  readonly stride: number;
  readonly count: number;
}

function axisRanges(start: number, steps: readonly Step[], shape: readonly number[]): AxisRange[] | undefined {
  const strides = shape.length === 0 ? [1] : rowMajorStrides(shape);
  const ranges: { low: number; high: number }[] = [];
  let rest = start;
  for (const stride of strides) {
    const part = stride === 0 ? 0 : Math.floor(rest / stride);
    rest -= part * stride;
    ranges.push({ low: part, high: part });
  }
  for (const { stride, count } of steps) {
    if (stride === 0 || count <= 1) continue;
    const axis = strides.findIndex((each) => each !== 0 && stride % each === 0);
    const range = ranges[axis];
    if (range === undefined) return undefined;
    const far = ((count - 1) * stride) / (strides[axis] ?? 1);
    if (far < 0) range.low += far;
    else range.high += far;
  }
  // The outermost axis cannot run into another one.
  const isWithin = ranges.every(({ low, high }, axis) => axis === 0 || (low >= 0 && high < (shape[axis] ?? 1)));
  return isWithin ? ranges : undefined;
}

/** False only where no element is in both. */
export function mayMeet(a: AccessBox, b: AccessBox): boolean {
  const { axes } = a;
  const others = b.axes;
  if (a.outer !== b.outer || axes === undefined || others === undefined) return true;
  return axes.every(({ low, high }, axis) => {
    const other = others[axis];
    return other === undefined || (low <= other.high && other.low <= high);
  });
}
