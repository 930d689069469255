// Composites have two meanings, written apart: `eval` in plain loops and `expand` into simpler ops. They must agree,
// and agree with values worked out another way.
import { describe, expect, test } from "vitest";
import { ulpAt } from "../../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { type Case, exactCases } from "./exact-cases.ts";
import { expansion, random, runExpansion, runOp, tensor, valuesOf } from "./run-op.ts";

const scale = random([8], "scale");
const mask = tensor([3, 5], [1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1], "bool");

const cases: readonly Case[] = [
  ["softmax", [random([4, 7], "x")], {}],
  ["softmax", [random([3, 4, 5], "x")], { axis: 1 }],
  ["softmax", [random([3, 4], "x")], { axis: 0 }],
  ["layer_normalization", [random([4, 8], "x"), scale, random([8], "bias")], {}],
  ["layer_normalization", [random([4, 8], "x"), scale], { epsilon: 0.5 }],
  ["layer_normalization", [random([2, 3, 4], "x"), random([3, 4], "s"), random([3, 4], "b")], { axis: 1 }],
  ["rms_normalization", [random([2, 4, 8], "x"), scale], {}],
  ["rms_normalization", [random([2, 3, 4], "x"), random([3, 4], "s")], { axis: -2, epsilon: 0.1 }],
  ["rotary_embedding", [random([2, 3, 8], "x"), random([3, 4], "c"), random([3, 4], "s")], {}],
  ["mod", [random([4, 8], "x"), random([8], "y")], {}],
  ["mod", [random([4, 8], "x"), random([8], "y")], { sign: "dividend" }],
  ["rotary_embedding", [random([2, 3, 8], "x"), random([3, 4], "c"), random([3, 4], "s")], { interleaved: true }],
  ["rotary_embedding", [random([3, 2, 8], "x"), random([3, 1, 4], "c"), random([3, 1, 4], "s")], {}],
  ["attention", [random([2, 3, 4], "q"), random([2, 5, 4], "k"), random([2, 5, 6], "v")], {}],
  ["attention", [random([2, 3, 4], "q"), random([2, 5, 4], "k"), random([2, 5, 6], "v")], { is_causal: true }],
  [
    "attention",
    [random([2, 5, 4], "q"), random([2, 5, 4], "k"), random([2, 5, 4], "v")],
    { is_causal: true, scale: 2 },
  ],
  ["attention", [random([2, 3, 4], "q"), random([2, 5, 4], "k"), random([2, 5, 6], "v"), mask], {}],
  ["attention", [random([2, 3, 4], "q"), random([2, 5, 4], "k"), random([2, 5, 4], "v"), mask], { is_causal: true }],
  ["attention", [random([2, 3, 4], "q"), random([2, 5, 4], "k"), random([2, 5, 4], "v"), random([2, 1, 5], "m")], {}],
  ["attention", [random([2, 6, 3, 4], "q"), random([2, 2, 5, 4], "k"), random([2, 2, 5, 6], "v"), mask], {}],
  ["attention", [random([4, 1, 4], "q"), random([1, 5, 4], "k"), random([1, 5, 4], "v")], { is_causal: true }],
];

function largestDifference(a: Tensor, b: Tensor): number {
  return a.data.reduce(
    (largest, value, position) => Math.max(largest, Math.abs(value - (b.data[position] as number))),
    0,
  );
}

describe("`eval` agrees with `expand`", () => {
  test.each(cases)("%s %#", (op, inputs, attrs) => {
    expect(verifyGraph(expansion(op, inputs, attrs))).toEqual([]);
    const [exact] = runOp(op, inputs, attrs, false) as [Tensor];
    const [expanded] = runExpansion(op, inputs, attrs, false) as [Tensor];
    expect(expanded.shape).toEqual(exact.shape);
    expect(largestDifference(exact, expanded)).toBeLessThan(1e-13);
  });

  const inBf16 = cases.map(
    ([op, inputs, attrs]) =>
      [
        op,
        inputs.map((input) => (input.dtype === "f32" ? { ...input, dtype: "bf16" as const } : input)),
        attrs,
      ] as const,
  );

  test.each(inBf16)("in bf16: %s %#", (op, given, attrs) => {
    const inputs = given.map((input) =>
      input.dtype === "bf16" ? (runOp("cast", [input], { to: "bf16" })[0] as Tensor) : input,
    );
    expect(verifyGraph(expansion(op, inputs, attrs))).toEqual([]);
    const [rounded] = runOp(op, inputs, attrs) as [Tensor];
    const [expanded] = runExpansion(op, inputs, attrs) as [Tensor];
    expect(expanded.dtype).toBe("bf16");
    const largest = rounded.data.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
    // Attention rounds its scores and weights to bf16 on the way; the others round the result only.
    const steps = op === "attention" ? 8 : 1;
    expect(largestDifference(rounded, expanded)).toBeLessThanOrEqual(steps * ulpAt("bf16", largest));
  });
});

describe("`eval` and `expand` are the same on integers", () => {
  test.each(exactCases)("%s %#", (op, inputs, attrs) => {
    expect(verifyGraph(expansion(op, inputs, attrs))).toEqual([]);
    const exact = runOp(op, inputs, attrs);
    const expanded = runExpansion(op, inputs, attrs);
    expect(expanded.map(({ dtype, shape, data }) => [dtype, shape, [...data]])).toEqual(
      exact.map(({ dtype, shape, data }) => [dtype, shape, [...data]]),
    );
  });
});

/** Source: the values of these calls in NumPy and PyTorch. */
describe("windows and indices by hand", () => {
  const row = tensor([1, 1, 5], [1, 2, 3, 4, 5]);

  test("pad", () => {
    expect(valuesOf("pad", [tensor([3], [1, 2, 3])], { low: [2], high: [1], mode: "reflect" })).toEqual([
      3, 2, 1, 2, 3, 2,
    ]);
    expect(valuesOf("pad", [tensor([2], [1, 2])], { low: [1], high: [2], interior: [1] })).toEqual([0, 1, 0, 2, 0, 0]);
  });

  test("conv correlates, and conv_transpose is its transpose", () => {
    const w = tensor([1, 1, 3], [1, 0, -1]);
    expect(valuesOf("conv", [row, w], { pads: [1, 1] })).toEqual([-2, -2, -2, -2, 4]);
    expect(valuesOf("conv_transpose", [tensor([1, 1, 2], [1, 2]), w], { strides: [2] })).toEqual([1, 0, 1, 0, -2]);
  });

  test("pools leave padding out", () => {
    const attrs = { kernel_shape: [3], strides: [2], pads: [1, 1] };
    expect(valuesOf("max_pool", [row], attrs)).toEqual([2, 4, 5]);
    expect(valuesOf("average_pool", [row], attrs)).toEqual([1.5, 3, 4.5]);
    expect(valuesOf("average_pool", [row], { ...attrs, count_include_pad: true })).toEqual([1, 3, 3]);
  });

  test("gathers and scatters", () => {
    const x = tensor([2, 2], [1, 2, 3, 4]);
    const indices = tensor([2, 2], [0, 0, 1, 0], "i32");
    expect(valuesOf("gather_elements", [x, indices], { axis: 1 })).toEqual([1, 1, 4, 3]);
    expect(valuesOf("gather_nd", [x, indices])).toEqual([1, 3]);
    expect(valuesOf("scatter_elements", [x, indices, tensor([2, 2], [5, 6, 7, 8])])).toEqual([5, 8, 7, 4]);
    expect(valuesOf("scatter_nd", [x, tensor([1, 1], [1], "i32"), tensor([1, 2], [8, 9])])).toEqual([1, 2, 8, 9]);
    expect(valuesOf("scatter_nd", [x, indices, tensor([2], [5, 6])], { reduction: "add" })).toEqual([6, 2, 9, 4]);
  });

  test("running sums, extremes and ranks", () => {
    const x = tensor([4], [3, 1, 3, 2]);
    expect(valuesOf("cumsum", [x], { exclusive: true })).toEqual([0, 3, 4, 7]);
    expect(valuesOf("cumprod", [x], { reverse: true })).toEqual([18, 6, 6, 2]);
    expect(valuesOf("arg_max", [x], { select_last_index: true })).toEqual([2]);
    expect(valuesOf("top_k", [x], { k: 3 })).toEqual([3, 3, 2]);
    expect([...(runOp("top_k", [x], { k: 3 })[1] as Tensor).data]).toEqual([0, 2, 3]);
  });
});

describe("functions", () => {
  const numbers = [0, 1e-8, 1e-3, 0.2499, 0.2501, 0.5, 0.75, 1, 1.5, 4, 30, 80, 88.8, 1e10, 1e30, Infinity];
  const x = tensor([2 * numbers.length + 1], [...numbers, ...numbers.map((each) => -each), Number.NaN]);
  const functions = [
    ...(["tan", "asin", "acos", "sinh", "cosh", "asinh", "acosh", "atanh"] as const),
    ...(["log_plus_one", "exponential_minus_one"] as const),
  ] as const;

  // Series end where what is left is below the precision of f32; an infinite tangent of hyperbola times 0 is none of theirs.
  test.each(functions)("the expansion of %s has few relative errors, wherever the result is a number", (op) => {
    const [exact] = runOp(op, [x], {}, false) as [Tensor];
    const [expanded] = runExpansion(op, [x], {}, false) as [Tensor];
    const wrong = [...exact.data].flatMap((wanted, index) => {
      const found = expanded.data[index] as number;
      const isRight = Object.is(found, wanted) || Math.abs(found - wanted) <= 2e-9 * Math.abs(wanted);
      return isRight ? [] : [`${op}(${x.data[index]}) = ${found}, expected ${wanted}`];
    });
    expect(wrong).toEqual([]);
  });

  test("remainders have the sign that is asked for", () => {
    const [a, b] = [tensor([4], [7, -7, 7, -7], "i32"), tensor([4], [3, 3, -3, -3], "i32")];
    expect(valuesOf("mod", [a, b])).toEqual([1, 2, -2, -1]);
    expect(valuesOf("mod", [a, b], { sign: "dividend" })).toEqual([1, -1, 1, -1]);
    expect(valuesOf("mod", [tensor([2], [-5, 5], "i32"), tensor([], [0], "i32")])).toEqual([-5, 5]);
    expect(valuesOf("mod", [tensor([2], [-5.5, 5.5]), tensor([], [2])], { sign: "dividend" })).toEqual([-1.5, 1.5]);
  });
});

describe("softmax", () => {
  test("by hand, and far out of the range of exp", () => {
    const wanted = [0.09003057317038046, 0.24472847105479764, 0.6652409557748218].map(Math.fround);
    expect(valuesOf("softmax", [tensor([3], [1, 2, 3])])).toEqual(wanted);
    expect(valuesOf("softmax", [tensor([3], [1001, 1002, 1003])])).toEqual(wanted);
  });

  test("masked elements get nothing", () => {
    expect(valuesOf("softmax", [tensor([3], [Number.NEGATIVE_INFINITY, 0, 0])])).toEqual([0, 0.5, 0.5]);
  });
});

describe("normalizations", () => {
  const one = tensor([4], [1, 1, 1, 1]);

  test("layer_normalization by hand", () => {
    const found = valuesOf("layer_normalization", [tensor([4], [1, 2, 3, 6]), one], { epsilon: 0.5 });
    expect(found).toEqual([-1, -0.5, 0, 1.5]);
  });

  test("rms_normalization by hand", () => {
    expect(valuesOf("rms_normalization", [tensor([2, 4], [1, 1, 1, 1, 3, -3, 3, -3]), one], { epsilon: 0 })).toEqual([
      1, 1, 1, 1, 1, -1, 1, -1,
    ]);
  });
});

describe("rotary_embedding", () => {
  const x = tensor([1, 4], [1, 2, 3, 4]);
  const cos = tensor([1, 2], [0, 1]);
  const sin = tensor([1, 2], [1, 0]);

  test("a quarter turn of the first pair; pairs are halves or neighbours", () => {
    expect(valuesOf("rotary_embedding", [x, cos, sin])).toEqual([-3, 2, 1, 4]);
    expect(valuesOf("rotary_embedding", [x, cos, sin], { interleaved: true })).toEqual([-2, 1, 3, 4]);
  });
});

describe("attention", () => {
  const v = tensor([1, 3, 1], [1, 2, 4]);
  const zero = (...shape: number[]) => tensor(shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0));

  test("equal scores give the mean of the values that a query sees", () => {
    const found = valuesOf("attention", [zero(1, 3, 2), zero(1, 3, 2), v], { is_causal: true });
    expect(found).toEqual([1, 1.5, 7 / 3].map(Math.fround));
  });

  test("is_causal lines the last query up with the last key", () => {
    const found = valuesOf("attention", [zero(1, 2, 2), zero(1, 3, 2), v], { is_causal: true });
    expect(found).toEqual([1.5, 7 / 3].map(Math.fround));
  });

  test("a query head reads the key head of its group", () => {
    const values = tensor([2, 1, 1], [5, 7]);
    expect(valuesOf("attention", [zero(4, 1, 2), zero(2, 1, 2), values])).toEqual([5, 5, 7, 7]);
  });

  test("a query that sees no key gives NaN", () => {
    const blind = tensor([3], [0, 0, 0], "bool");
    expect(valuesOf("attention", [zero(1, 1, 2), zero(1, 3, 2), v, blind])).toEqual([Number.NaN]);
  });
});
