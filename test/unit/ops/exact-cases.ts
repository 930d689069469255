// Calls of composites over windows, axes and indices, on numbers whose results are exact.
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { OpName } from "../../../ir-spec/ops/index.ts";
import { type AttrsGiven, tensor } from "./run-op.ts";

export type Case = readonly [op: OpName, inputs: readonly Tensor[], attrs: AttrsGiven];

/** Integers, some of them equal. */
const integers = (shape: readonly number[], dtype: Tensor["dtype"] = "f32"): Tensor => {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    shape,
    [...new Array(count).keys()].map((index) => ((index * 7919) % 11) - 4),
    dtype,
  );
};

/** Of all sizes: sums of many of their products are no f32. */
const bytes = (shape: readonly number[], dtype: "i8" | "u8"): Tensor => {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    shape,
    [...new Array(count).keys()].map((index) => (dtype === "u8" ? 255 : 20) - ((index * 37) % 64)),
    dtype,
  );
};

/** A place is named twice in its column. */
const rowIndices = tensor([2, 4], [0, 2, 1, 1, 2, 2, 0, 1], "i32");

export const exactCases: readonly Case[] = [
  ["pad", [integers([2, 3])], { low: [1, 0], high: [2, 1], value: 7 }],
  ["pad", [integers([3, 4])], { low: [-1, 2], high: [1, -3], interior: [1, 2] }],
  ["pad", [integers([2, 3])], { low: [3, 0], high: [-2, 0] }],
  ["pad", [integers([2, 3])], { low: [1, 2], high: [1, 0], mode: "reflect" }],
  ["pad", [integers([20])], { low: [17], high: [19], mode: "reflect" }],
  ["pad", [integers([2, 3], "i32")], { low: [0, 2], high: [3, 4], mode: "edge" }],
  ["pad", [integers([2, 3])], { low: [2, 1], high: [1, 3], mode: "wrap" }],
  ["arg_max", [integers([4, 7])], { axis: 1 }],
  ["arg_min", [integers([4, 7])], { axis: 0, keepdims: false }],
  ["arg_max", [integers([3, 4, 5], "i32")], { axis: 1, select_last_index: true }],
  ["arg_min", [tensor([2, 4], [3, Number.NaN, 1, Number.NaN, 2, 2, 5, 2])], { axis: 1, select_last_index: true }],
  ["arg_max", [tensor([2, 4], [3, Number.NaN, 1, Number.NaN, 2, 5, 5, 2])], { axis: 1 }],
  ["cumsum", [integers([3, 7])], { axis: 1 }],
  ["cumsum", [integers([3, 7], "i32")], { axis: 0, exclusive: true }],
  ["cumsum", [integers([2, 5, 3])], { axis: 1, reverse: true, exclusive: true }],
  ["cumprod", [integers([2, 6])], { axis: 1, reverse: true }],
  ["cumprod", [integers([1, 5])], { axis: 0, exclusive: true }],
  ["top_k", [integers([3, 70])], { k: 4 }],
  ["top_k", [integers([3, 7])], { k: 7, largest: false }],
  ["top_k", [integers([50, 3], "i32")], { k: 3, axis: 0, largest: false }],
  ["top_k", [tensor([6], [1, Number.NaN, Infinity, -Infinity, -Infinity, 2])], { k: 6 }],
  ["top_k", [tensor([6], [-Infinity, 1, -Infinity, -Infinity, Number.NaN, 2])], { k: 2, largest: false }],
  ["max_pool", [integers([1, 2, 6, 7])], { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 0, 1] }],
  ["max_pool", [integers([2, 1, 9], "i32")], { kernel_shape: [3], dilations: [2], pads: [2, 2] }],
  ["max_pool", [integers([1, 2, 3, 4, 5])], { kernel_shape: [2, 4, 2], strides: [1, 1, 2] }],
  ["average_pool", [integers([1, 2, 6, 8])], { kernel_shape: [2, 4], strides: [2, 2] }],
  ["average_pool", [integers([1, 1, 5, 5])], { kernel_shape: [4, 4], pads: [2, 1, 2, 1], count_include_pad: true }],
  ["conv", [integers([2, 3, 7]), integers([4, 3, 3]), integers([4])], { pads: [1, 2] }],
  [
    "conv",
    [integers([1, 3, 8, 6]), integers([4, 3, 3, 2])],
    { strides: [2, 1], dilations: [1, 2], pads: [1, 1, 0, 1] },
  ],
  ["conv", [integers([1, 4, 5, 5]), integers([6, 2, 3, 3]), integers([6])], { group: 2 }],
  ["conv", [integers([1, 3, 5, 5]), integers([3, 1, 3, 3]), integers([3])], { group: 3, pads: [1, 1, 1, 1] }],
  ["conv", [integers([1, 3, 5, 5]), integers([6, 1, 2, 2])], { group: 3 }],
  ["conv", [integers([1, 2, 3, 4, 4]), integers([3, 2, 2, 2, 2])], { strides: [1, 2, 2] }],
  ["conv", [integers([2, 5, 4, 3]), integers([4, 5, 1, 1])], {}],
  ["conv_transpose", [integers([1, 3, 4]), integers([3, 2, 3]), integers([2])], { strides: [2], pads: [1, 0] }],
  ["conv_transpose", [integers([2, 4, 3, 3]), integers([4, 2, 2, 3])], { strides: [2, 3], group: 2 }],
  [
    "conv_transpose",
    [integers([1, 2, 3, 3]), integers([2, 2, 3, 3])],
    { strides: [3, 2], output_padding: [2, 1], pads: [2, 2, 2, 1] },
  ],
  ["conv_transpose", [integers([1, 2, 3, 3]), integers([2, 3, 2, 2])], { dilations: [2, 3], pads: [1, 4, 2, 0] }],
  ["gather_elements", [integers([3, 4]), tensor([2, 4], [0, 2, 1, 1, 2, 0, 0, 2], "i32")], {}],
  ["gather_elements", [integers([3, 4], "i32"), tensor([2, 3], [3, 4, 0, 1, -1, 2], "i32")], { axis: 1 }],
  ["gather_elements", [integers([5]), tensor([2], [4, 4], "i32")], { axis: -1 }],
  ["gather_nd", [integers([3, 4, 2]), tensor([3, 2], [0, 1, 2, 3, 1, 0], "i32")], {}],
  ["gather_nd", [integers([2, 3, 4]), tensor([2, 2, 1], [2, 0, 1, 1], "i32")], { batch_dims: 1 }],
  ["gather_nd", [integers([2, 3]), tensor([2, 2], [1, 2, 0, 1], "i32")], {}],
  ["scatter_elements", [integers([3, 4]), rowIndices, integers([2, 4])], {}],
  ["scatter_elements", [integers([3, 4]), rowIndices, integers([2, 4])], { reduction: "add" }],
  [
    "scatter_elements",
    [integers([4, 3], "i32"), tensor([3, 2], [1, 1, 0, 2, 5, -1], "i32"), integers([3, 2], "i32")],
    { axis: 1, reduction: "max" },
  ],
  [
    "scatter_elements",
    [tensor([1, 3], [1, 0, 1], "bool"), tensor([1, 2], [1, 0], "i32"), tensor([1, 2], [1, 0], "bool")],
    { axis: 1 },
  ],
  ["scatter_nd", [integers([4, 3]), tensor([3, 1], [2, 0, 2], "i32"), integers([3, 3])], {}],
  ["scatter_nd", [integers([4, 3]), tensor([3, 1], [2, 0, 2], "i32"), integers([3, 3])], { reduction: "mul" }],
  [
    "scatter_nd",
    [integers([4, 3], "i32"), tensor([2, 1, 2], [2, 1, 2, 4], "i32"), integers([2, 1], "i32")],
    { reduction: "min" },
  ],
  [
    "scatter_nd",
    [integers([2, 2, 3], "u8"), tensor([1, 1, 2], [1, 0], "i32"), tensor([1, 1, 3], [255, 1, 2], "u8")],
    {},
  ],
  ["matmul_integer", [bytes([3, 5], "u8"), bytes([5, 2], "i8")], {}],
  ["matmul_integer", [bytes([2, 600], "u8"), bytes([600, 3], "u8"), bytes([2, 1], "u8"), tensor([], [255], "u8")], {}],
  ["conv", [integers([1, 2, 6, 9]), integers([4, 2, 2, 3]), integers([4])], { strides: [2, 3] }],
  ["conv", [integers([1, 4, 7, 6]), integers([4, 2, 2, 3])], { strides: [2, 3], group: 2 }],
];
