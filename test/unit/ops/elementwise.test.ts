// Values of elementwise ops, against values computed elsewhere to full f64 precision.
import { describe, expect, test } from "vitest";
import { erf, erfc } from "../../../ir-spec/base/special-functions.ts";
import { opDef } from "../../../ir-spec/ops/index.ts";
import { tensor, valuesOf } from "./run-op.ts";

describe("erf and erfc", () => {
  // Source: erf and erfc of the GNU C library 2.36.
  test.each([
    [0, 0],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [-1, -0.8427007929497149],
    [2, 0.9953222650189527],
    [3.5, 0.9999992569016276],
    [Number.POSITIVE_INFINITY, 1],
    [Number.NEGATIVE_INFINITY, -1],
  ])("erf(%d)", (x, wanted) => {
    expect(Math.abs(erf(x) - wanted)).toBeLessThanOrEqual(2 ** -52);
  });

  test.each([
    [-2, 1.9953222650189528],
    [0, 1],
    [1, 0.15729920705028513],
    [1.999, 0.004698443348629488],
    [3, 2.2090496998585438e-5],
    [5, 1.5374597944280351e-12],
    [10, 2.088487583762545e-45],
  ])("erfc(%d)", (x, wanted) => {
    expect(Math.abs(erfc(x) / wanted - 1)).toBeLessThan(1e-14);
  });

  test("NaN stays NaN", () => {
    expect(erf(Number.NaN)).toBeNaN();
    expect(erfc(Number.NaN)).toBeNaN();
  });
});

describe("unary", () => {
  const apply = (op: Parameters<typeof opDef>[0], x: number, attrs = {}) => opDef(op).apply?.([x], attrs, "f32");

  test.each([
    ["neg", 1.5, -1.5],
    ["abs", -2, 2],
    ["exp", 1, Math.E],
    ["log", Math.E, 1],
    ["sqrt", 2, Math.SQRT2],
    ["rsqrt", 4, 0.5],
    ["reciprocal", 8, 0.125],
    ["tanh", 0.5, 0.46211715726000974],
    ["sigmoid", 0, 0.5],
    ["sigmoid", -800, 0],
    ["relu", -3, 0],
    ["relu", 3, 3],
    ["silu", 1, 0.7310585786300049],
    ["silu", -800, 0],
    ["sin", Math.PI / 2, 1],
    ["cos", 0, 1],
    ["floor", -1.5, -2],
    ["ceil", -1.5, -1],
    ["round", 2.5, 2],
    ["round", -3.5, -4],
    ["round", 0.5000001, 1],
    ["sign", -3, -1],
    ["atan", -1, -Math.PI / 4],
    ["softplus", 0, Math.LN2],
    ["softplus", 800, 800],
    ["is_nan", Number.NaN, 1],
    ["is_nan", Number.POSITIVE_INFINITY, 0],
    ["is_inf", Number.NEGATIVE_INFINITY, 1],
    ["logical_not", 0, 1],
  ] as const)("%s(%d)", (op, x, wanted) => {
    expect(apply(op, x)).toBeCloseTo(wanted, 14);
  });

  // Source: the defining formulas, with erfc and tanh of the GNU C library 2.36.
  test.each([
    ["none", 1, 0.8413447460685429],
    ["none", -1, -0.15865525393145707],
    ["none", -8, -4.9767684594174555e-15],
    ["tanh", 1, 0.8411919906082768],
    ["tanh", -1, -0.15880800939172324],
    ["tanh", 30, 30],
  ] as const)("gelu, approximate=%s, of %d", (approximate, x, wanted) => {
    const found = apply("gelu", x, { approximate }) as number;
    expect(Math.abs(found / wanted - 1)).toBeLessThan(1e-13);
  });
});

describe("binary", () => {
  const x = tensor([2, 3], [1, 2, 3, 4, 5, 6]);
  const row = tensor([3], [2, 2, -3]);
  const column = tensor([2, 1], [10, 20]);

  test.each([
    ["add", [3, 4, 0, 6, 7, 3]],
    ["sub", [-1, 0, 6, 2, 3, 9]],
    ["mul", [2, 4, -9, 8, 10, -18]],
    ["div", [0.5, 1, -1, 2, 2.5, -2]],
    ["max", [2, 2, 3, 4, 5, 6]],
    ["min", [1, 2, -3, 2, 2, -3]],
    ["equal", [0, 1, 0, 0, 0, 0]],
    ["not_equal", [1, 0, 1, 1, 1, 1]],
    ["less", [1, 0, 0, 0, 0, 0]],
    ["less_or_equal", [1, 1, 0, 0, 0, 0]],
    ["greater", [0, 0, 1, 1, 1, 1]],
    ["greater_or_equal", [0, 1, 1, 1, 1, 1]],
  ] as const)("%s along rows", (op, wanted) => {
    expect(valuesOf(op, [x, row])).toEqual(wanted);
  });

  test("columns and scalars broadcast, on either side", () => {
    expect(valuesOf("add", [x, column])).toEqual([11, 12, 13, 24, 25, 26]);
    expect(valuesOf("sub", [column, row])).toEqual([8, 8, 13, 18, 18, 23]);
    expect(valuesOf("mul", [tensor([], [2]), x])).toEqual([2, 4, 6, 8, 10, 12]);
    expect(valuesOf("pow", [tensor([2], [2, 9]), tensor([2], [10, 0.5])])).toEqual([1024, 3]);
  });

  test("bits of integers", () => {
    const [a, b] = [tensor([4], [12, -1, 5, -8], "i32"), tensor([4], [10, 4, 33, -1], "i32")];
    expect(valuesOf("bitwise_and", [a, b])).toEqual([8, 4, 1, -8]);
    expect(valuesOf("bitwise_xor", [a, b])).toEqual([6, -5, 36, 7]);
    expect(valuesOf("shift_left", [a, b])).toEqual([12288, -16, 0, 0]);
    expect(valuesOf("shift_right_logical", [a, b])).toEqual([0, 268435455, 0, 0]);
    expect(valuesOf("bitwise_not", [tensor([2], [0, 200], "u8")])).toEqual([255, 55]);
  });

  test("integers stay integers: division cuts off, products wrap", () => {
    const [a, b] = [tensor([3], [-7, 7, 1], "i32"), tensor([3], [2, -2, 0], "i32")];
    expect(valuesOf("div", [a, b])).toEqual([-3, -3, 0]);
    const large = tensor([1], [0x7fffffff], "i32");
    expect(valuesOf("mul", [large, large])).toEqual([1]);
    expect(valuesOf("add", [large, tensor([], [1], "i32")])).toEqual([-0x80000000]);
  });

  test("NaN is passed on by max and min, and equals nothing", () => {
    const nan = tensor([1], [Number.NaN]);
    expect(valuesOf("max", [nan, tensor([], [1])])).toEqual([Number.NaN]);
    expect(valuesOf("min", [tensor([], [1]), nan])).toEqual([Number.NaN]);
    expect(valuesOf("equal", [nan, nan])).toEqual([0]);
    expect(valuesOf("not_equal", [nan, nan])).toEqual([1]);
  });

  test("logic", () => {
    const [p, q] = [tensor([4], [0, 0, 1, 1], "bool"), tensor([4], [0, 1, 0, 1], "bool")];
    expect(valuesOf("logical_and", [p, q])).toEqual([0, 0, 0, 1]);
    expect(valuesOf("logical_or", [p, q])).toEqual([0, 1, 1, 1]);
    expect(valuesOf("where", [p, tensor([], [1]), tensor([4], [5, 6, 7, 8])])).toEqual([5, 6, 1, 1]);
  });
});

describe("cast", () => {
  test.each([
    ["bf16", [1.00390625, -1.01171875, 3.4e38], [1, -1.015625, Number.POSITIVE_INFINITY]],
    ["f16", [1.00048828125, 65520, 1e-8], [1, Number.POSITIVE_INFINITY, 0]],
    ["i32", [1.9, -1.9, 7], [1, -1, 7]],
    ["bool", [0, 0.5, -3], [0, 1, 1]],
  ] as const)("to %s", (to, from, wanted) => {
    expect(valuesOf("cast", [tensor([3], from)], { to })).toEqual(wanted);
  });
});
