// Windows that move over the last axes of a tensor [N, C, ...]: what convolutions and pools have in common. Their sizes, the checks of
// their attributes, and for the reference meanings which element of the operand each place of a window meets.

import type { ValueId } from "../base/ids.ts";
import type { Problem } from "../base/result.ts";
import { elementCount, printShape, rowMajorStrides, type Shape, type TensorType } from "../base/tensor.ts";
import type { Expander } from "./define.ts";
import { checkCount, misfit } from "./shape-rules.ts";

/** The attributes of windows, one entry for each of the axes they move along. */
export const windowAttrs = {
  strides: { kind: "ints", default: [], summary: "steps of the window along each axis; 1 when empty" },
  pads: {
    kind: "ints",
    default: [],
    summary: "elements added before each axis, then those after each; none when empty",
  },
  dilations: { kind: "ints", default: [], summary: "distances of the window's elements; 1 when empty" },
} as const;

export interface WindowAttrs {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

/** The window along one axis. */
export interface Window {
  /** Elements of the window, their distance, and the steps between windows. */
  readonly taps: number;
  readonly dilation: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
  /** Elements along the axis, without padding. */
  readonly size: number;
}

export function windowsOf(shape: Shape, taps: readonly number[], attrs: WindowAttrs): readonly Window[] {
  return taps.map((count, axis) => ({
    taps: count,
    dilation: attrs.dilations[axis] ?? 1,
    stride: attrs.strides[axis] ?? 1,
    before: attrs.pads[axis] ?? 0,
    after: attrs.pads[axis + taps.length] ?? 0,
    size: shape[axis + 2] as number,
  }));
}

/** The distance of a window's last element from its first. */
export function reachOf({ taps, dilation }: Window): number {
  return dilation * (taps - 1);
}

/** How often the window fits. */
export function placesOf(window: Window): number {
  const { size, before, after, stride } = window;
  return Math.floor((before + size + after - reachOf(window) - 1) / stride) + 1;
}

/** Assumed: nobody makes larger windows, and each element becomes a node of the expansion. */
const maxTaps = 1024;

/** Checks the attributes of windows over the axes of `x` after the second one. */
export function checkWindows(
  x: TensorType,
  attr: string,
  taps: readonly number[],
  attrs: WindowAttrs,
): Problem | undefined {
  const count = x.shape.length - 2;
  if (count < 1) return misfit("E0304", { operand: "x", found: x.shape.length, expected: "at least 3" });
  const listed = (name: keyof WindowAttrs, entries: number): Problem | undefined =>
    attrs[name].length === 0 ? undefined : checkCount(name, attrs[name], entries);
  const atLeast = (name: string, list: readonly number[], least: number): Problem | undefined =>
    list.every((entry) => entry >= least)
      ? undefined
      : misfit("E0306", { attr: name, found: printShape(list), expected: `entries of at least ${least}` });
  return (
    checkCount(attr, taps, count) ??
    listed("strides", count) ??
    listed("dilations", count) ??
    listed("pads", 2 * count) ??
    atLeast(attr, taps, 1) ??
    (elementCount(taps) <= maxTaps
      ? undefined
      : misfit("E0306", { attr, found: printShape(taps), expected: `a window of at most ${maxTaps} elements` })) ??
    atLeast("strides", attrs.strides, 1) ??
    atLeast("dilations", attrs.dilations, 1) ??
    atLeast("pads", attrs.pads, 0)
  );
}

/** The places of the windows along each axis, or the axis along which not one fits. */
export function checkPlaces(windows: readonly Window[]): Problem | undefined {
  const axis = windows.findIndex((window) => placesOf(window) < 1);
  return axis < 0
    ? undefined
    : misfit("E0312", { axis: axis + 2, size: Math.max(0, placesOf(windows[axis] as Window)) });
}

/** For one element of a window: places of the window, and the operand's elements that it meets there; padding is left out. */
export interface Meetings {
  readonly places: Int32Array;
  readonly elements: Int32Array;
}

/** The meetings of each element of the window, in row-major order, one at a time as each takes as much memory as the result. */
export function* meetingsOf(windows: readonly Window[]): Generator<Meetings> {
  const taps = windows.map((window) => window.taps);
  for (let tap = 0; tap < elementCount(taps); tap++) yield meetingsAt(windows, indexOf(tap, taps));
}

function meetingsAt(windows: readonly Window[], tap: readonly number[]): Meetings {
  const strides = rowMajorStrides(windows.map(({ size }) => size));
  let places: Int32Array = Int32Array.of(0);
  let elements: Int32Array = Int32Array.of(0);
  for (const [axis, window] of windows.entries()) {
    const first = (tap[axis] as number) * window.dilation - window.before;
    const { stride, size } = window;
    const count = placesOf(window);
    const along = [...new Array(count).keys()].filter((place) => {
      const element = first + place * stride;
      return element >= 0 && element < size;
    });
    places = outerSum(places, count, along);
    elements = outerSum(
      elements,
      1,
      along.map((place) => (first + place * stride) * (strides[axis] as number)),
    );
  }
  return { places, elements };
}

/** Every left one times the factor, plus every right one. */
function outerSum(left: Int32Array, factor: number, right: readonly number[]): Int32Array {
  const sums = new Int32Array(left.length * right.length);
  for (let index = 0; index < sums.length; index++) {
    const column = index % right.length;
    sums[index] = left[(index - column) / right.length]! * factor + right[column]!;
  }
  return sums;
}

/** The index of a position in row-major order. */
function indexOf(position: number, shape: Shape): readonly number[] {
  return rowMajorStrides(shape).map((stride, axis) => Math.floor(position / stride) % (shape[axis] as number));
}

/** Slices of x, one for each element of the window, in row-major order; x has its padding. */
export function tapSlices(b: Expander, x: ValueId, windows: readonly Window[]): readonly ValueId[] {
  const axes = windows.map((_window, axis) => axis + 2);
  const steps = windows.map(({ stride }) => stride);
  let starts: readonly (readonly number[])[] = [[]];
  for (const { taps, dilation } of windows) {
    starts = starts.flatMap((outer) => [...new Array(taps).keys()].map((tap) => [...outer, tap * dilation]));
  }
  return starts.map((first) => {
    const ends = first.map(
      (start, axis) => start + (steps[axis] as number) * (placesOf(windows[axis] as Window) - 1) + 1,
    );
    return b.op("slice", [x], { starts: first, ends, axes, steps });
  });
}

/** x with zeros (or another value) around it, as the windows ask for. */
export function paddedFor(b: Expander, x: ValueId, windows: readonly Window[], value = 0): ValueId {
  if (windows.every(({ before, after }) => before === 0 && after === 0)) return x;
  const low = [0, 0, ...windows.map(({ before }) => before)];
  return b.op("pad", [x], { low, high: [0, 0, ...windows.map(({ after }) => after)], value });
}
