// Calls of ops over windows, axes and indices.

import { numberDtypes } from "../../../ir-spec/ops/shape-rules.ts";
import { type OpCase, opCase, type } from "./op-case.ts";

/** Sums are of few numbers around 1. */
export const structuredCases: readonly OpCase[] = [
  opCase("pad", [type("f32", [3, 4])], { attrs: { low: [1, -1], high: [0, 3], interior: [1, 0], value: 2 } }),
  opCase("pad", [type("bool", [3, 4])], { attrs: { low: [2, 1], high: [1, 3], mode: "reflect" } }),
  ...numberDtypes.flatMap((dtype) => [
    opCase("arg_max", [type(dtype, [3, 7])], { attrs: { axis: 1, keepdims: false } }),
    opCase("top_k", [type(dtype, [3, 7])], { attrs: { k: 2 } }),
    opCase("cumsum", [type(dtype, [3, 9])], { attrs: { axis: 1 }, ulps: 1, noise: 1e-6 }),
  ]),
  opCase("gather_elements", [type("bf16", [3, 4]), type("i32", [2, 4])], {
    values: [undefined, [0, 2, 1, 1, 2, 3, 0, -1]],
  }),
  opCase("gather_nd", [type("i8", [3, 4, 2]), type("i32", [2, 2])], { values: [undefined, [0, 1, 2, 4]] }),
  opCase("scatter_elements", [type("f32", [3, 4]), type("i32", [2, 4]), type("f32", [2, 4])], {
    values: [undefined, [0, 2, 1, 1, 0, 3, 0, -1], undefined],
  }),
  opCase("scatter_nd", [type("f16", [3, 4]), type("i32", [3, 1]), type("f16", [3, 4])], {
    attrs: { reduction: "add" },
    values: [undefined, [2, 0, 2], undefined],
    ulps: 1,
  }),
  opCase("matmul_integer", [type("u8", [3, 300]), type("i8", [300, 4]), type("u8", [3, 1])]),
  opCase("arg_min", [type("f32", [6, 2])], { attrs: { select_last_index: true } }),
  opCase("cumprod", [type("f32", [6])], { attrs: { exclusive: true, reverse: true }, ulps: 4 }),
  opCase("max_pool", [type("f32", [1, 2, 6, 6])], {
    attrs: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 0] },
  }),
  opCase("average_pool", [type("f32", [1, 2, 6, 6])], {
    attrs: { kernel_shape: [3, 2], pads: [1, 0, 1, 0] },
    ulps: 2,
    noise: 1e-6,
  }),
  opCase("conv", [type("f32", [1, 2, 6, 6]), type("f32", [4, 1, 3, 3]), type("f32", [4])], {
    attrs: { group: 2, pads: [1, 0, 1, 0] },
    ulps: 1,
    noise: 4e-6,
  }),
  opCase("conv_transpose", [type("f32", [1, 2, 4, 4]), type("f32", [2, 3, 3, 3])], {
    attrs: { strides: [2, 2], pads: [1, 1, 0, 0] },
    ulps: 1,
    noise: 4e-6,
  }),
];
