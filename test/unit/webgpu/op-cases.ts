// One or more small calls of every op, with odd sizes, broadcasting, and every dtype that the op takes.

import { type Dtype, ulpAt } from "../../../ir-spec/base/dtype.ts";
import type { Shape, TensorType } from "../../../ir-spec/base/tensor.ts";
import type { OpName } from "../../../ir-spec/ops/index.ts";
import { floatDtypes, numberDtypes } from "../../../ir-spec/ops/shape-rules.ts";
import { type OpCase, opCase, type } from "./op-case.ts";
import { structuredCases } from "./structured-cases.ts";

const allDtypes: readonly Dtype[] = [...numberDtypes, "f8e4m3", "f8e5m2", "i8", "u8", "bool"];

/** Edges of f32, bf16 and f16: zeros, ties of rounding, the least and the largest, infinities and NaN. */
const specialValues = [
  0,
  -0,
  1,
  -1,
  0.5,
  2,
  3,
  -3,
  1e-3,
  65504,
  65519,
  65520,
  -65536,
  2 ** -24,
  2 ** -25,
  1.5 * 2 ** -24,
  2 ** -14,
  6.1e-5,
  1 + 2 ** -8,
  1 + 3 * 2 ** -8,
  1 + 2 ** -11,
  1 + 3 * 2 ** -11,
  3.3e38,
  -3.3895e38,
  1e30,
  1e-30,
  2147483647,
  -2147483648,
  4294967296,
  3e9,
  -3e9,
  1e10,
  2.5,
  -2.5,
  3.5,
  100.7,
  -100.7,
  Infinity,
  -Infinity,
  NaN,
].map(Math.fround);

const intValues = [
  0, 1, -1, 2, 7, -7, 255, 257, -259, 2049, 2051, 65519, 65520, -65535, 16777217, 16777219, 2147483647, -2147483648,
  1073741889,
];

/** Largest error seen for functions that are no single correctly rounded operation, in ulps of f32, rounded up. */
const functionUlps: Partial<Record<OpName, number>> = {
  exp: 1,
  log: 1,
  rsqrt: 2,
  tanh: 2,
  sigmoid: 3,
  erf: 2,
  gelu: 5,
  silu: 3,
  sin: 3,
  cos: 3,
  pow: 4,
  atan: 2,
  softplus: 3,
};

const positive: ReadonlySet<OpName> = new Set(["log", "sqrt", "rsqrt", "reciprocal", "pow"]);

/** An f32 result in error by up to one ulp may round to the other neighbour of a narrower dtype. */
const ulpsIn = (op: OpName, dtype: Dtype): number => (dtype === "f32" ? (functionUlps[op] ?? 0) : 1);

function unaryCases(op: OpName, dtypes: readonly Dtype[], attrs: OpCase["attrs"] = {}): readonly OpCase[] {
  return dtypes.flatMap((dtype) => {
    const specials = dtype === "i32" ? intValues : specialValues;
    const ulps = ulpsIn(op, dtype);
    const random = opCase(op, [type(dtype, [7, 9])], { attrs, ulps });
    return [random, opCase(op, [type(dtype, [specials.length])], { attrs, ulps, values: [specials] })];
  });
}

function binaryCases(op: OpName, dtypes: readonly Dtype[]): readonly OpCase[] {
  const shapes: readonly (readonly [Shape, Shape])[] = [
    [
      [5, 7],
      [5, 7],
    ],
    [
      [2, 1, 5],
      [3, 1],
    ],
    [[], [4, 3]],
  ];
  return dtypes.flatMap((dtype) =>
    shapes.map(([x, y]) => opCase(op, [type(dtype, x), type(dtype, y)], { ulps: ulpsIn(op, dtype) })),
  );
}

const castCases = allDtypes.flatMap((from) =>
  allDtypes.map((to) => {
    const values = from === "i32" ? intValues : from === "bool" ? [0, 1] : specialValues;
    return opCase("cast", [type(from, [values.length])], { attrs: { to }, values: [values] });
  }),
);

const elementwiseCases: readonly OpCase[] = [
  ...(["neg", "abs", "relu"] as const).flatMap((op) => unaryCases(op, numberDtypes)),
  ...(
    ["exp", "log", "sqrt", "rsqrt", "reciprocal", "tanh", "sigmoid", "erf", "silu", "sin", "cos", "floor"] as const
  ).flatMap((op) => unaryCases(op, floatDtypes)),
  ...unaryCases("gelu", floatDtypes),
  ...unaryCases("gelu", floatDtypes, { approximate: "tanh" }),
  ...castCases,
  opCase("logical_not", [type("bool", [5])]),
  ...(["add", "sub", "mul", "div", "max", "min"] as const).flatMap((op) => binaryCases(op, numberDtypes)),
  ...binaryCases("pow", floatDtypes),
  ...(["equal", "not_equal"] as const).flatMap((op) => binaryCases(op, allDtypes)),
  ...(["less", "less_or_equal", "greater", "greater_or_equal"] as const).flatMap((op) => binaryCases(op, numberDtypes)),
  ...(["logical_and", "logical_or"] as const).flatMap((op) => binaryCases(op, ["bool"])),
  opCase("div", [type("i32", [4]), type("i32", [4])], {
    values: [
      [7, -7, 5, -2147483648],
      [2, 2, 0, -1],
    ],
  }),
  opCase("max", [type("f32", [3]), type("f32", [3])], {
    values: [
      [NaN, 1, -Infinity],
      [1, NaN, 2],
    ],
  }),
  opCase("min", [type("f32", [3]), type("f32", [3])], {
    values: [
      [NaN, 1, Infinity],
      [1, NaN, 2],
    ],
  }),
  opCase("pow", [type("f32", [9]), type("f32", [9])], {
    ulps: 4,
    values: [
      [-2, -2, 0, 0, -8, 2, 0.5, Infinity, 5],
      [3, 4, -1, 2, 0.5, Infinity, Infinity, -1, 0],
    ],
  }),
  ...allDtypes.map((dtype) => opCase("where", [type("bool", [3, 1]), type(dtype, [4]), type(dtype, [])])),
];

const reduceCases: readonly OpCase[] = (
  ["reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod"] as const
).flatMap((op) => {
  const dtypes = op === "reduce_mean" || op === "reduce_prod" ? floatDtypes : numberDtypes;
  const noise = op === "reduce_sum" ? 1e-4 : op === "reduce_mean" ? 1e-7 : 0;
  const ulps = op === "reduce_prod" ? 8 : 1;
  return [
    ...dtypes.map((dtype) =>
      opCase(op, [type(dtype, [3, 5, 7])], { attrs: { axes: [-1, 0], keepdims: false }, ulps, noise }),
    ),
    opCase(op, [type("f32", [5, 7])], { ulps, noise }),
    opCase(op, [type("f32", [3, 5, 7])], { attrs: { axes: [1] }, ulps, noise }),
    opCase(op, [type("bf16", [2, 77, 3])], { attrs: { axes: [1] }, ulps, noise }),
    ...(dtypes === floatDtypes ? [] : [opCase(op, [type("i32", [3, 70])], { attrs: { axes: [1] } })]),
    ...(op === "reduce_prod"
      ? []
      : [opCase(op, [type("f32", [2, 67, 101])], { attrs: { axes: [1, 2] }, ulps, noise })]),
  ];
});

const matmulCases: readonly OpCase[] = [
  ...floatDtypes.map((dtype) => opCase("matmul", [type(dtype, [5, 7]), type(dtype, [7, 9])])),
  ...[false, true].flatMap((transpose_lhs) =>
    [false, true].map((transpose_rhs) =>
      opCase(
        "matmul",
        [type("f32", transpose_lhs ? [13, 19] : [19, 13]), type("f32", transpose_rhs ? [70, 13] : [13, 70])],
        {
          attrs: { transpose_lhs, transpose_rhs },
        },
      ),
    ),
  ),
  opCase("matmul", [type("f32", [1, 33]), type("f32", [33, 65])]),
  opCase("matmul", [type("f32", [9, 300]), type("f32", [300, 4])]),
  opCase("matmul", [type("f32", [64, 192]), type("f32", [192, 64])]),
  opCase("matmul", [type("f32", [3, 1, 4, 6]), type("f32", [2, 6, 5])]),
  opCase("matmul", [type("f32", [66, 5]), type("f32", [2, 5, 1])]),
  opCase("matmul", [type("f32", [2, 7, 131]), type("f32", [2, 131, 66])]),
  opCase("matmul", [type("f32", [35, 134]), type("f32", [134, 17])]),
].map((found) => ({ ...found, ulps: 1, noise: contractionNoise(found) }));

/**
 * Absolute error of a sum of k products of numbers around 1 in f32: the partial sums are around sqrt(k), and k roundings
 * of half a unit each of that size add up to about k / 2 units of 1, at random; four times that is allowed.
 */
function contractionNoise({ operands, attrs }: OpCase): number {
  const shape = operands[0]?.shape ?? [];
  const k = shape.at(attrs.transpose_lhs === true ? -2 : -1) ?? 1;
  return 2 * k * 2 ** -24;
}

const movementCases: readonly OpCase[] = [
  ...allDtypes.map((dtype) => opCase("transpose", [type(dtype, [3, 5])])),
  opCase("transpose", [type("f32", [2, 3, 4, 5])], { attrs: { perm: [0, 2, 1, 3] } }),
  opCase("reshape", [type("f32", [4, 6])], { attrs: { shape: [3, -1] } }),
  opCase("unsqueeze", [type("i32", [4, 6])], { attrs: { axes: [0, -1] } }),
  opCase("squeeze", [type("f32", [1, 4, 1])], { attrs: { axes: [0] } }),
  opCase("broadcast_to", [type("f32", [3, 1])], { attrs: { shape: [2, 3, 4] } }),
  opCase("slice", [type("f32", [6, 8])], { attrs: { starts: [1, -6], ends: [5, 8], steps: [2, 3] } }),
  opCase("slice", [type("bf16", [6, 8])], { attrs: { starts: [2], ends: [4] } }),
  opCase("update_slice", [type("f32", [6, 8]), type("f32", [2, 3])], { attrs: { starts: [3, 5] } }),
  opCase("update_slice", [type("f32", [6, 8]), type("f32", [2, 8])], { attrs: { starts: [4, 0] } }),
  opCase(
    "concat",
    [2, 1, 4].map((size) => type("f32", [3, size, 2])),
    { attrs: { axis: 1 } },
  ),
  opCase(
    "concat",
    Array.from({ length: 12 }, (_, index) => type("i32", [index + 1])),
    { attrs: { axis: 0 } },
  ),
  opCase("split", [type("f32", [3, 7])], { attrs: { sizes: [2, 4, 1], axis: -1 } }),
  opCase("split", [type("bool", [7, 3])], { attrs: { num_outputs: 3 } }),
  ...allDtypes.map((dtype) =>
    opCase("gather", [type(dtype, [5, 3]), type("i32", [2, 2])], { values: [undefined, [4, 0, 5, -1]] }),
  ),
  opCase("gather", [type("f32", [2, 5, 3]), type("i32", [4])], {
    attrs: { axis: 1 },
    values: [undefined, [1, 1, 4, 0]],
  }),
];

const sourceCases: readonly OpCase[] = [
  ...allDtypes.map((dtype) => opCase("full", [], { attrs: { value: 1.7, shape: [2, 3], dtype } })),
  opCase("full", [], { attrs: { value: -Infinity, shape: [], dtype: "f32" } }),
  opCase("full", [], { attrs: { value: NaN, shape: [5], dtype: "bf16" } }),
  ...numberDtypes.map((dtype) => opCase("iota", [], { attrs: { shape: [2, 300], axis: 1, dtype } })),
  opCase("constant", [], { attrs: { values: [1, -2.5, 1e-9, Infinity], shape: [2, 2], dtype: "f16" } }),
];

const functionValues = [
  0,
  1,
  -1,
  0.5,
  -0.5,
  1e-6,
  -1e-6,
  0.2499,
  0.2501,
  1.5,
  -1.5,
  80,
  88.8,
  Infinity,
  -Infinity,
  NaN,
].map(Math.fround);

/** Composites of narrow floats may round a step or two inside, in values of size 1. */
const compositeNoise = (dtype: Dtype): Partial<OpCase> => ({ ulps: 1, noise: 4 * ulpAt(dtype, 1) });

const compositeCases: readonly OpCase[] = floatDtypes.flatMap((dtype) => {
  const rest = compositeNoise(dtype);
  const heads = (count: number, rows: number, width: number): TensorType => type(dtype, [2, count, rows, width]);
  return [
    opCase("softmax", [type(dtype, [3, 70])], rest),
    opCase("softmax", [type(dtype, [3, 5, 7])], { ...rest, attrs: { axis: 1 } }),
    opCase("layer_normalization", [type(dtype, [3, 70]), type(dtype, [70]), type(dtype, [70])], rest),
    opCase("layer_normalization", [type(dtype, [2, 3, 5]), type(dtype, [3, 5])], { ...rest, attrs: { axis: 1 } }),
    opCase("rms_normalization", [type(dtype, [3, 70]), type(dtype, [70])], rest),
    opCase("rotary_embedding", [type(dtype, [2, 4, 6]), type(dtype, [4, 3]), type(dtype, [4, 3])], rest),
    opCase("rotary_embedding", [type(dtype, [4, 6]), type("f32", [4, 3]), type("f32", [4, 3])], {
      ...rest,
      attrs: { interleaved: true },
    }),
    opCase("attention", [heads(4, 5, 8), heads(2, 7, 8), heads(2, 7, 3)], { ...rest, attrs: { is_causal: true } }),
    opCase("attention", [heads(2, 5, 8), heads(2, 7, 8), heads(2, 7, 3), type("bool", [5, 7])], rest),
    opCase("attention", [heads(2, 5, 8), heads(2, 7, 8), heads(2, 7, 3), type(dtype, [2, 1, 5, 7])], {
      ...rest,
      attrs: { scale: 0.3 },
    }),
  ];
});

/** Functions that consist of others, on random numbers; each step adds a unit or two, and tangents have poles. */
const functionCases: readonly OpCase[] = (
  [
    ...(["tan", "asin", "acos", "sinh", "cosh", "asinh", "acosh", "atanh"] as const),
    ...(["log_plus_one", "exponential_minus_one"] as const),
  ] as const
).flatMap((op) => [
  opCase(op, [type("f32", [5, 7])], { ulps: 16 }),
  opCase(op, [type("bf16", [5, 7])], { ulps: 1 }),
  opCase(op, [type("f32", [functionValues.length])], { ulps: 16, values: [functionValues] }),
]);

const remainderCases: readonly OpCase[] = (["divisor", "dividend"] as const).flatMap((sign) => [
  opCase("mod", [type("i32", [8]), type("i32", [8])], {
    attrs: { sign },
    values: [
      [7, -7, 7, -7, 5, -5, -2147483648, 2147483647],
      [3, 3, -3, -3, 0, 0, -1, 65536],
    ],
  }),
  opCase("mod", [type("f32", [6]), type("f32", [])], { attrs: { sign }, values: [[5, -5, 6, 0.5, -0.5, 7.25], [2]] }),
]);

/** After the others, whose random operands depend on their place. */
const laterCases: readonly OpCase[] = [
  ...(["ceil", "round", "atan", "softplus", "is_nan", "is_inf"] as const).flatMap((op) => unaryCases(op, floatDtypes)),
  ...unaryCases("sign", numberDtypes),
  ...binaryCases("logical_xor", ["bool"]),
  ...(["bitwise_and", "bitwise_or", "bitwise_xor", "shift_left", "shift_right_logical"] as const).map((op) =>
    opCase(op, [type("i32", [intValues.length]), type("i32", [intValues.length])], {
      values: [intValues, intValues.map((x, index) => (index % 3 === 0 ? x : index * 2))],
    }),
  ),
  ...(["i32", "i8", "u8"] as const).map((dtype) => opCase("bitwise_not", [type(dtype, [9])])),
  ...functionCases,
  ...remainderCases,
  ...structuredCases,
];

/** `positive` operands keep logarithms and roots in their domain. */
export const takesPositive = (op: OpName): boolean => positive.has(op);

export const opCases: readonly OpCase[] = [
  ...elementwiseCases,
  ...reduceCases,
  ...matmulCases,
  ...movementCases,
  ...sourceCases,
  ...compositeCases,
  ...laterCases,
];
