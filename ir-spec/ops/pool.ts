// Pools: the largest element, or the mean, of each window. Expanded, they combine slices, one for each element of the window, axis by axis;
// where one window is a whole axis, that axis is reduced.

import type { Dtype } from "../base/dtype.ts";
import { dtypes } from "../base/dtype.ts";
import type { ValueId } from "../base/ids.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, type Tensor, type TensorType } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { checkDtype, floatDtypes, type Inferred, numberDtypes } from "./shape-rules.ts";
import { castLike, widen } from "./widening.ts";
import {
  checkPlaces,
  checkWindows,
  meetingsOf,
  paddedFor,
  placesOf,
  type Window,
  type WindowAttrs,
  windowAttrs,
  windowsOf,
} from "./windows.ts";

interface PoolAttrs extends WindowAttrs {
  readonly kernel_shape: readonly number[];
}

const attrs = {
  kernel_shape: { kind: "ints", summary: "elements of the window along each axis" },
  ...windowAttrs,
} as const;

function poolWindows(x: TensorType, given: PoolAttrs): readonly Window[] {
  return windowsOf(x.shape, given.kernel_shape, given);
}

function inferPool(x: TensorType, given: PoolAttrs, dtypes: readonly Dtype[]): Inferred {
  const wrong = checkDtype("x", x, dtypes) ?? checkWindows(x, "kernel_shape", given.kernel_shape, given);
  if (wrong) return fail(wrong);
  const windows = poolWindows(x, given);
  const unfit = checkPlaces(windows);
  return unfit ? fail(unfit) : ok([{ dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...windows.map(placesOf)] }]);
}

/** Combines, for each place, the elements of its window, from `start` on. */
function evalPool(x: Tensor, y: Tensor, windows: readonly Window[], { start, combine }: Combining): void {
  const [from, to] = [x, y].map(({ shape }) => elementCount(shape.slice(2))) as [number, number];
  y.data.fill(start);
  for (const { places, elements } of meetingsOf(windows)) {
    for (let row = 0; row * to < y.data.length; row++) {
      for (let index = 0; index < places.length; index++) {
        const place = row * to + places[index]!;
        y.data[place] = combine(y.data[place]!, x.data[row * from + elements[index]!]!);
      }
    }
  }
}

interface Combining {
  readonly start: number;
  readonly combine: (combined: number, element: number) => number;
}

const adding: Combining = { start: 0, combine: (sum, element) => sum + element };

/** What is below every number of a dtype. */
const lowestOf = (dtype: Dtype): number =>
  dtypes[dtype].kind === "float" ? Number.NEGATIVE_INFINITY : dtypes[dtype].minFinite;

/** For each place along the axis how many elements of its window count; 1 where none does, as their sum is 0. */
function countsAlong(window: Window, includesPadding: boolean): readonly number[] {
  const { taps, dilation, stride, before, size } = window;
  return [...new Array(placesOf(window)).keys()].map((place) => {
    const first = place * stride - before;
    const inside = [...new Array(taps).keys()].filter(
      (tap) => first + tap * dilation >= 0 && first + tap * dilation < size,
    );
    return includesPadding ? taps : Math.max(1, inside.length);
  });
}

/** Combines the slices along each axis in turn; x has its padding. */
function combineSlices(
  b: Expander,
  x: ValueId,
  windows: readonly Window[],
  ops: { readonly pair: string; readonly all: string },
): ValueId {
  let combined = x;
  for (const [index, window] of windows.entries()) {
    const axis = index + 2;
    const size = window.before + window.size + window.after;
    const isWhole = window.dilation === 1 && window.taps === size;
    combined = isWhole
      ? b.op(ops.all, [combined], { axes: [axis] })
      : slicesAlong(b, combined, axis, window).reduce((left, right) => b.op(ops.pair, [left, right]));
  }
  return combined;
}

function slicesAlong(b: Expander, x: ValueId, axis: number, window: Window): readonly ValueId[] {
  const { taps, dilation, stride } = window;
  const last = stride * (placesOf(window) - 1) + 1;
  return [...new Array(taps).keys()].map((tap) => {
    const start = tap * dilation;
    return b.op("slice", [x], { starts: [start], ends: [start + last], axes: [axis], steps: [stride] });
  });
}

/** The sum divided by the counts: one factor where all are equal, a row of factors for each axis along which they differ. */
function divideByCounts(b: Expander, sum: ValueId, windows: readonly Window[], includesPadding: boolean): ValueId {
  let whole = 1;
  let mean = sum;
  for (const [axis, window] of windows.entries()) {
    const counts = countsAlong(window, includesPadding);
    const [first] = counts as [number];
    if (counts.every((count) => count === first)) {
      whole *= first;
      continue;
    }
    const shape = [counts.length, ...windows.slice(axis + 1).map(() => 1)];
    const factors = b.op("constant", [], {
      values: counts.map((count) => 1 / count),
      shape,
      dtype: "f32",
    });
    mean = b.op("mul", [mean, factors]);
  }
  return whole === 1 ? mean : b.op("mul", [mean, b.scalar(1 / whole, mean)]);
}

export const poolOps = {
  max_pool: defineOp({
    kind: "composite",
    facts: { mayBeExact: true, choosesNumbers: true, nonnegative: "where operands are" },
    summary: "largest element of each window",
    detail:
      "Windows of `kernel_shape` elements move over the axes of `x` after the second one; what `pads` add is below every number. A result axis has `floor((size + pads - dilation * (window - 1) - 1) / stride) + 1` elements. `x` is f32, bf16, f16, i32.",
    source: "ONNX MaxPool-22, its first result, with auto_pad and ceil_mode resolved",
    operands: ["x"],
    attrs,
    infer: ([x], given) => inferPool(x, given, numberDtypes),
    eval: ([x], given, [y]) => {
      evalPool(x, y, poolWindows(x, given), { start: lowestOf(x.dtype), combine: Math.max });
    },
    flops: (_inputs, [y], { kernel_shape: taps }) => elementCount(y.shape) * elementCount(taps),
    expand: (b, [x], given) => {
      const type = b.typeOf(x);
      const windows = poolWindows(type, given);
      const padded = paddedFor(b, x, windows, lowestOf(type.dtype));
      return [combineSlices(b, padded, windows, { pair: "max", all: "reduce_max" })];
    },
    example: `graph example(x: f32[1, 2, 6, 6]) -> (y: f32[1, 2, 3, 3]) {
  y = max_pool(x, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
}`,
  }),
  average_pool: defineOp({
    kind: "composite",
    facts: { nonnegative: "where operands are" },
    summary: "mean of each window",
    detail:
      "As `max_pool`, with the mean of the elements that lie within `x`, or of all with zeros for the others where `count_include_pad` is true. A window that meets no element gives 0. `x` is f32, bf16, f16; the sum is f32.",
    source: "ONNX AveragePool-22, with auto_pad and ceil_mode resolved",
    operands: ["x"],
    attrs: {
      ...attrs,
      count_include_pad: { kind: "bool", default: false, summary: "whether what pads add counts as zeros" },
    },
    infer: ([x], given) => inferPool(x, given, floatDtypes),
    eval: ([x], given, [y]) => {
      const windows = poolWindows(x, given);
      evalPool(x, y, windows, adding);
      const counts = windows
        .map((window) => countsAlong(window, given.count_include_pad))
        .reduce((outer, along) => outer.flatMap((count) => along.map((each) => count * each)), [1]);
      for (let place = 0; place < y.data.length; place++) y.data[place]! /= counts[place % counts.length]!;
    },
    flops: (_inputs, [y], { kernel_shape: taps }) => elementCount(y.shape) * (elementCount(taps) + 1),
    expand: (b, [x], given) => {
      const windows = poolWindows(b.typeOf(x), given);
      const sum = combineSlices(b, paddedFor(b, widen(b, x), windows), windows, { pair: "add", all: "reduce_sum" });
      return [castLike(b, divideByCounts(b, sum, windows, given.count_include_pad), x)];
    },
    example: `graph example(x: f32[1, 2, 6, 6]) -> (y: f32[1, 2, 3, 3]) {
  y = average_pool(x, kernel_shape=[2, 2], strides=[2, 2])
}`,
  }),
};
