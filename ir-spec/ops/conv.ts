// Convolutions and transposed ones, over any number of axes.

import type { Problem } from "../base/result.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, printShape, type Tensor, type TensorType } from "../base/tensor.ts";
import {
  type ConvAttrs,
  type ConvTransposeAttrs,
  expandConv,
  expandConvTranspose,
  type Operands,
  transposedWindows,
} from "./conv-expand.ts";
import { defineOp } from "./define.ts";
import { checkDtype, checkSameDtype, checkShape, floatDtypes, type Inferred, misfit } from "./shape-rules.ts";
import { checkPlaces, checkWindows, meetingsOf, placesOf, type Window, windowAttrs, windowsOf } from "./windows.ts";

const attrs = {
  ...windowAttrs,
  group: { kind: "int", min: 1, default: 1, summary: "groups of channels, each with weights of its own" },
} as const;

/** Checks dtypes, that the windows fit the rank of x, and that the groups divide the channels. */
function checkOperands(
  [x, w, bias]: Operands<TensorType>,
  attrs: ConvAttrs,
  resultChannels: number,
): Problem | undefined {
  const wrong =
    checkDtype("x", x, floatDtypes) ?? checkSameDtype(x, w) ?? checkWindows(x, "w", w.shape.slice(2), attrs);
  if (wrong) return wrong;
  const channels = x.shape[1] as number;
  const divides = [channels, resultChannels].every((count) => count % attrs.group === 0);
  if (!divides) {
    const expected = `a divisor of ${channels} and ${resultChannels} channels`;
    return misfit("E0306", { attr: "group", found: attrs.group, expected });
  }
  if (bias === undefined) return undefined;
  return checkSameDtype(x, bias) ?? checkShape("bias", bias.shape, [resultChannels]);
}

function inferConv([x, w, bias]: Operands<TensorType>, attrs: ConvAttrs): Inferred {
  const results = w.shape[0] ?? 0;
  const wrong = checkOperands([x, w, bias], attrs, results);
  if (wrong) return fail(wrong);
  const perGroup = (x.shape[1] as number) / attrs.group;
  const windows = windowsOf(x.shape, w.shape.slice(2), attrs);
  const unfit = checkShape("w", w.shape, w.shape.with(1, perGroup)) ?? checkPlaces(windows);
  return unfit
    ? fail(unfit)
    : ok([{ dtype: x.dtype, shape: [x.shape[0] as number, results, ...windows.map(placesOf)] }]);
}

function inferConvTranspose([x, w, bias]: Operands<TensorType>, attrs: ConvTransposeAttrs): Inferred {
  const results = (w.shape[1] ?? 0) * attrs.group;
  const wrong = checkOperands([x, w, bias], attrs, results);
  if (wrong) return fail(wrong);
  const windows = transposedWindows(x.shape, w.shape.slice(2), attrs);
  const { output_padding: more } = attrs;
  const isFit =
    more.length === 0 ||
    (more.length === windows.length && more.every((each, axis) => each >= 0 && each < (windows[axis]?.stride ?? 1)));
  if (!isFit) {
    const expected = "for each axis less than its stride";
    return fail(misfit("E0306", { attr: "output_padding", found: printShape(more), expected }));
  }
  const empty = windows.findIndex(({ size }) => size < 1);
  const unfit =
    checkShape("w", w.shape, w.shape.with(0, x.shape[1] as number)) ??
    (empty < 0 ? undefined : misfit("E0312", { axis: empty + 2, size: 0 }));
  return unfit
    ? fail(unfit)
    : ok([{ dtype: x.dtype, shape: [x.shape[0] as number, results, ...windows.map(({ size }) => size)] }]);
}

/** Fills [N, M, ...] with the bias of each channel. */
function fillBias({ data, shape }: Tensor, bias: Tensor | undefined): void {
  const channels = shape[1] as number;
  const width = elementCount(shape.slice(2));
  for (let row = 0; row * width < data.length; row++) {
    data.fill(bias?.data[row % channels] ?? 0, row * width, (row + 1) * width);
  }
}

/** to[into[i]] += factor from[of[i]] for rows that begin at `toStart` and `fromStart`. */
function addScaled(
  to: Float64Array,
  from: Float64Array,
  factor: number,
  [into, of]: readonly [Int32Array, Int32Array],
): void {
  for (let index = 0; index < into.length; index++) to[into[index]!]! += factor * from[of[index]!]!;
}

/** Which channels of x and of the result share weights, and the first of these. */
function* channelPairs(perGroup: readonly [ofX: number, ofResult: number], group: number) {
  const [ofX, ofResult] = perGroup;
  for (let part = 0; part < group; part++) {
    for (let m = 0; m < ofResult; m++) {
      for (let c = 0; c < ofX; c++) yield { c, m, x: part * ofX + c, result: part * ofResult + m };
    }
  }
}

interface Convolved {
  readonly windows: readonly Window[];
  readonly group: number;
  /** From the operand's elements to the places of windows, or back. */
  readonly isTransposed: boolean;
}

function evalConvolution([x, w, bias]: Operands<Tensor>, y: Tensor, { windows, group, isTransposed }: Convolved): void {
  fillBias(y, bias);
  const channels = [x.shape[1] as number, y.shape[1] as number] as const;
  const [xWidth, yWidth] = [x, y].map(({ shape }) => elementCount(shape.slice(2))) as [number, number];
  const perGroup = [channels[0] / group, channels[1] / group] as const;
  const taps = elementCount(w.shape.slice(2));
  let tap = 0;
  for (const { places, elements } of meetingsOf(windows)) {
    const list = isTransposed ? ([elements, places] as const) : ([places, elements] as const);
    for (let n = 0; n < (x.shape[0] as number); n++) {
      for (const pair of channelPairs(perGroup, group)) {
        const xStart = (n * channels[0] + pair.x) * xWidth;
        const yStart = (n * channels[1] + pair.result) * yWidth;
        const [from, to] = [x.data.subarray(xStart, xStart + xWidth), y.data.subarray(yStart, yStart + yWidth)];
        const row = isTransposed ? pair.x * perGroup[1] + pair.m : pair.result * perGroup[0] + pair.c;
        addScaled(to, from, w.data[row * taps + tap]!, list);
      }
    }
    tap++;
  }
}

export const convOps = {
  conv: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "convolution over the axes after the second",
    detail:
      "`result[n, m, p...] = bias[m] + sum over c and t of w[m, c, t...] * x[n, c, p * stride + t * dilation - pad ...]`, with zeros outside of `x`. `x` is [N, C, ...] with one to three more axes or any other number, `w` is [M, C / group, ...], `bias` [M]; the channels of group g of the result see those of group g of `x`. A result axis has `floor((size + pads - dilation * (window - 1) - 1) / stride) + 1` elements. Where a weight is infinite or NaN, an element whose window reaches beyond the edge may be NaN: executors may multiply the zeros there.",
    source: "ONNX Conv-22, with auto_pad resolved",
    operands: ["x", "w", "bias?"],
    attrs,
    infer: inferConv,
    eval: ([x, w, bias], given, [y]) => {
      const windows = windowsOf(x.shape, w.shape.slice(2), given);
      evalConvolution([x, w, bias], y, { windows, group: given.group, isTransposed: false });
    },
    flops: ([, w], [y]) => 2 * elementCount(y.shape) * elementCount(w.shape.slice(1)),
    expand: (b, operands, given) => [expandConv(b, operands, given)],
    example: `graph example(x: f32[1, 3, 8, 8], weight w: f32[4, 3, 3, 3], weight bias: f32[4]) -> (y: f32[1, 4, 4, 4]) {
  y = conv(x, w, bias, strides=[2, 2], pads=[1, 1, 1, 1])
}`,
  }),
  conv_transpose: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "transposed convolution over the axes after the second",
    detail:
      "What `conv` does to gradients: each element of `x` adds its multiple of the window to the result, `stride` elements further on than that of its neighbour; `pads` elements are then cut off the result's ends. `x` is [N, C, ...], `w` [C, M / group, ...], `bias` [M]. A result axis has `stride * (size - 1) + output_padding + dilation * (window - 1) + 1 - pads` elements. Weights are taken to be finite, as for `conv`.",
    source: "ONNX ConvTranspose-22, with auto_pad and output_shape resolved",
    operands: ["x", "w", "bias?"],
    attrs: {
      ...attrs,
      output_padding: { kind: "ints", default: [], summary: "elements more at the end of each axis; none when empty" },
    },
    infer: inferConvTranspose,
    eval: ([x, w, bias], given, [y]) => {
      const windows = transposedWindows(x.shape, w.shape.slice(2), given);
      evalConvolution([x, w, bias], y, { windows, group: given.group, isTransposed: true });
    },
    flops: ([x, w]) => 2 * elementCount(x.shape) * elementCount(w.shape.slice(1)),
    expand: (b, operands, given) => [expandConvTranspose(b, operands, given)],
    example: `graph example(x: f32[1, 3, 4, 4], weight w: f32[3, 2, 3, 3]) -> (y: f32[1, 2, 9, 9]) {
  y = conv_transpose(x, w, strides=[2, 2])
}`,
  }),
};
