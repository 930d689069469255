// One axis along which the windows of a convolution move, and which elements of the operand an element of the window meets.

import type { Window } from "../../../ir-spec/ops/windows.ts";
import { placesOf } from "../../../ir-spec/ops/windows.ts";

export interface ConvAxis {
  /** Elements of the window, their distance, and the steps between windows. */
  readonly taps: number;
  readonly dilation: number;
  readonly stride: number;
  /** Elements of padding before the operand. */
  readonly before: number;
  /** Elements of the operand and of the result. */
  readonly size: number;
  readonly places: number;
}

export function axisOfWindow(window: Window): ConvAxis {
  const { taps, dilation, stride, before, size } = window;
  return { taps, dilation, stride, before, size, places: placesOf(window) };
}

/** An axis along which nothing moves. */
export const singleAxis: ConvAxis = { taps: 1, dilation: 1, stride: 1, before: 0, size: 1, places: 1 };

/** Whether the axis counts as many single elements as it has. */
export function isPlain({ taps, stride, size, places }: ConvAxis): boolean {
  return taps === 1 && stride === 1 && size === places;
}

/** The first place whose window meets the operand at an element of the window, and the first one after those. */
export function placesInside(axis: ConvAxis, tap: number): { readonly first: number; readonly end: number } {
  const { stride, size, places } = axis;
  const start = elementAt(axis, tap);
  const first = Math.max(0, Math.ceil(-start / stride));
  const end = Math.min(places, Math.floor((size - 1 - start) / stride) + 1);
  return { first: Math.min(first, places), end: Math.max(end, Math.min(first, places)) };
}

/** Whether an element of the window meets the operand at every place. */
export function isInsideAlways(axis: ConvAxis, tap: number): boolean {
  const { first, end } = placesInside(axis, tap);
  return first === 0 && end === axis.places;
}

/** The operand's element that an element of the first window meets; negative in the padding. */
function elementAt({ dilation, before }: ConvAxis, tap: number): number {
  return tap * dilation - before;
}
