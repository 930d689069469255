// Convolutions in simpler ops: one product for each group. The windows become the columns of a matrix, by copies of slices, one for
// each element of the window. A window of one element needs no copy, and one channel for each group no product.

import type { ValueId } from "../base/ids.ts";
import { elementCount, type Shape } from "../base/tensor.ts";
import type { Expander } from "./define.ts";
import { castLike, widen } from "./widening.ts";
import { paddedFor, placesOf, reachOf, tapSlices, type Window, type WindowAttrs, windowsOf } from "./windows.ts";

export interface ConvAttrs extends WindowAttrs {
  readonly group: number;
}

export interface ConvTransposeAttrs extends ConvAttrs {
  readonly output_padding: readonly number[];
}

export type Operands<T> = readonly [x: T, w: T, bias?: T | undefined];

/** The windows that a transposed convolution's operand comes from: those over its result. */
export function transposedWindows(x: Shape, taps: readonly number[], attrs: ConvTransposeAttrs): readonly Window[] {
  return windowsOf(x, taps, attrs).map((window, axis) => {
    const { size: places, stride, before, after } = window;
    const size = stride * (places - 1) + (attrs.output_padding[axis] ?? 0) + reachOf(window) + 1 - before - after;
    return { ...window, size };
  });
}

interface Grouped {
  readonly group: number;
  /** The result's spatial sizes. */
  readonly places: Shape;
  readonly channels: number;
  /** [channels], added to the result. */
  readonly bias: ValueId | undefined;
}

/** The windows of x as columns: [N, group, channels of a group times elements of the window, places]. */
function columnsOf(b: Expander, slices: readonly ValueId[], { group, places }: Grouped): ValueId {
  const [first] = slices as [ValueId];
  const [n, c] = b.typeOf(first).shape as [number, number];
  const shape = [n, group, (c / group) * slices.length, elementCount(places)];
  if (slices.length === 1) return b.op("reshape", [first], { shape });
  const parts = slices.map((slice) => b.op("unsqueeze", [slice], { axes: [2] }));
  return b.op("reshape", [b.op("concat", parts, { axis: 2 })], { shape });
}

/** The product of weights [group, channels of the result, k] and columns [N, group, k, places], and the bias, before places have axes. */
function productOf(
  b: Expander,
  weights: ValueId,
  columns: ValueId,
  { group, places, channels, bias }: Grouped,
): ValueId {
  const { shape } = b.typeOf(columns);
  const [n, , k, width] = shape as [number, number, number, number];
  const isOne = group === 1;
  const lhs = b.op("reshape", [weights], { shape: isOne ? [channels, k] : [group, channels / group, k] });
  const rhs = isOne ? b.op("reshape", [columns], { shape: [n, k, width] }) : columns;
  const product = b.op("matmul", [lhs, rhs]);
  const rows = isOne ? [channels, 1] : [group, channels / group, 1];
  return b.op("reshape", [withBias(b, product, bias, rows)], { shape: [n, channels, ...places] });
}

/** One channel for each group: the slices times the weights of their channel, added up. */
function depthwise(b: Expander, slices: readonly ValueId[], w: ValueId, { places, channels, bias }: Grouped): ValueId {
  const flat = b.op("reshape", [w], { shape: [channels, slices.length] });
  const ones = places.map(() => 1);
  const terms = slices.map((slice, tap) => {
    const column = b.op("slice", [flat], { starts: [tap], ends: [tap + 1], axes: [1] });
    return b.op("mul", [widen(b, slice), widen(b, b.op("reshape", [column], { shape: [channels, ...ones] }))]);
  });
  const sum = terms.reduce((left, right) => b.op("add", [left, right]));
  return castLike(b, withBias(b, sum, bias, [channels, ...ones]), w);
}

/** The product with the bias, which gets a shape that broadcasts to it. */
function withBias(b: Expander, product: ValueId, bias: ValueId | undefined, shape: Shape): ValueId {
  if (bias === undefined) return product;
  const column = b.op("reshape", [bias], { shape });
  return castLike(b, b.op("add", [widen(b, product), widen(b, column)]), product);
}

/** Windows beside each other, without gaps: an axis is then one of places and one of the window's elements, and one copy has all columns. */
function blockColumns(b: Expander, x: ValueId, windows: readonly Window[], group: number): ValueId | undefined {
  const isBlock = ({ taps, stride, dilation, before, after, size }: Window): boolean =>
    taps === stride && dilation === 1 && before === 0 && after === 0 && size % taps === 0;
  if (!windows.every(isBlock)) return undefined;
  const [n, c] = b.typeOf(x).shape as [number, number];
  const split = b.op("reshape", [x], { shape: [n, c, ...windows.flatMap((each) => [placesOf(each), each.taps])] });
  const axes = windows.map((_window, axis) => 2 + 2 * axis);
  const taps = b.op("transpose", [split], { perm: [0, 1, ...axes.map((axis) => axis + 1), ...axes] });
  const k = (c / group) * elementCount(windows.map((window) => window.taps));
  return b.op("reshape", [taps], { shape: [n, group, k, elementCount(windows.map(placesOf))] });
}

/** A convolution without its bias, which is added to the result. */
export function convPlusBias(
  b: Expander,
  [x, w, bias]: readonly [ValueId, ValueId, ValueId],
  attrs: ConvAttrs,
): ValueId {
  const product = b.op("conv", [x, w], { ...attrs });
  const [, channels, ...places] = b.typeOf(product).shape;
  return withBias(b, product, bias, [channels as number, ...places.map(() => 1)]);
}

export function expandConv(b: Expander, [x, w, bias]: Operands<ValueId>, attrs: ConvAttrs): ValueId {
  const { shape } = b.typeOf(w);
  const windows = windowsOf(b.typeOf(x).shape, shape.slice(2), attrs);
  const grouped = { group: attrs.group, places: windows.map(placesOf), channels: shape[0] as number, bias };
  const slicesOf = (): readonly ValueId[] => tapSlices(b, paddedFor(b, x, windows), windows);
  if (shape[1] === 1 && attrs.group === grouped.channels && attrs.group > 1)
    return depthwise(b, slicesOf(), w, grouped);
  const columns = blockColumns(b, x, windows, attrs.group) ?? columnsOf(b, slicesOf(), grouped);
  return productOf(b, w, columns, grouped);
}

/** Windows that neither overlap nor leave gaps: each element of x becomes a block of the result. */
function areBlocks(windows: readonly Window[], { output_padding: more }: ConvTransposeAttrs): boolean {
  const isBlock = ({ taps, stride, dilation, before, after }: Window): boolean =>
    taps === stride && (dilation === 1 || taps === 1) && before === 0 && after === 0;
  return windows.every(isBlock) && more.every((each) => each === 0);
}

/** The blocks as rows of a product, then put where they belong. */
function expandBlocks(
  b: Expander,
  [x, w, bias]: Operands<ValueId>,
  windows: readonly Window[],
  group: number,
): ValueId {
  const [n, c, ...sizes] = b.typeOf(x).shape as [number, number, ...number[]];
  const [, m, ...taps] = b.typeOf(w).shape as [number, number, ...number[]];
  const width = elementCount(sizes);
  const lhs = b.op("reshape", [w], { shape: [group, c / group, m * elementCount(taps)] });
  const rhs = b.op("reshape", [x], { shape: [n, group, c / group, width] });
  const product = b.op("matmul", [lhs, rhs], { transpose_lhs: true });
  const rows = b.op("reshape", [product], { shape: [n, m * group, elementCount(taps), width] });
  const sum = withBias(b, rows, bias, [m * group, 1, 1]);
  const blocks = b.op("reshape", [sum], { shape: [n, m * group, ...taps, ...sizes] });
  const perm = [0, 1, ...sizes.flatMap((_size, axis) => [2 + sizes.length + axis, 2 + axis])];
  const shape = [n, m * group, ...windows.map(({ size }) => size)];
  return b.op("reshape", [b.op("transpose", [blocks], { perm })], { shape });
}

/** A convolution of x with zeros between its elements, by the window mirrored. */
function expandMirrored(
  b: Expander,
  [x, w, bias]: Operands<ValueId>,
  windows: readonly Window[],
  group: number,
): ValueId {
  const { shape: xShape } = b.typeOf(x);
  const [c, m, ...taps] = b.typeOf(w).shape as [number, number, ...number[]];
  const low = [0, 0, ...windows.map((window) => reachOf(window) - window.before)];
  const spread = windows.map(({ stride }, axis) => stride * ((xShape[axis + 2] as number) - 1) + 1);
  const wanted = windows.map(
    (window, axis) => window.size + reachOf(window) - (spread[axis] as number) - (low[axis + 2] as number),
  );
  const interior = [0, 0, ...windows.map(({ stride }) => stride - 1)];
  const around = b.op("pad", [x], { low, high: [0, 0, ...wanted], interior });
  const moved = windows.map((window) => ({
    ...window,
    stride: 1,
    before: 0,
    after: 0,
    size: window.size + reachOf(window),
  }));
  const slices = tapSlices(b, around, moved).toReversed();
  const grouped = { group, places: windows.map(({ size }) => size), channels: m * group, bias };
  const count = elementCount(taps);
  const split = b.op("reshape", [w], { shape: [group, c / group, m, count] });
  const weights = b.op("transpose", [split], { perm: [0, 2, 1, 3] });
  return productOf(b, weights, columnsOf(b, slices, grouped), grouped);
}

export function expandConvTranspose(b: Expander, operands: Operands<ValueId>, attrs: ConvTransposeAttrs): ValueId {
  const [x, w] = operands;
  const windows = transposedWindows(b.typeOf(x).shape, b.typeOf(w).shape.slice(2), attrs);
  return (areBlocks(windows, attrs) ? expandBlocks : expandMirrored)(b, operands, windows, attrs.group);
}
