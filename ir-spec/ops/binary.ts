// Elementwise rows with two operands, and `where` with three.

import { fail, ok } from "../base/result.ts";
import { power } from "../base/special-functions.ts";
import { elementCount } from "../base/tensor.ts";
import { defineOp } from "./define.ts";
import { binary, type ElementwiseText, spread } from "./elementwise-makers.ts";
import { allDtypes, broadcastShapes, checkDtype, checkSameDtype, floatDtypes, numberDtypes } from "./shape-rules.ts";

const onNumbers = (text: ElementwiseText, compute: (x: number, y: number) => number) =>
  binary(text, { dtypes: numberDtypes }, compute);

const comparison = (text: ElementwiseText, holds: (x: number, y: number) => boolean) =>
  binary(text, { dtypes: numberDtypes, resultDtype: "bool" }, (x, y) => (holds(x, y) ? 1 : 0));

const equality = (text: ElementwiseText, holds: (x: number, y: number) => boolean) =>
  binary(text, { dtypes: allDtypes, resultDtype: "bool" }, (x, y) => (holds(x, y) ? 1 : 0));

const logical = (text: ElementwiseText, holds: (x: number, y: number) => boolean) =>
  binary(text, { dtypes: ["bool"] }, (x, y) => (holds(x, y) ? 1 : 0));

export const binaryOps = {
  add: onNumbers(
    {
      summary: "sum",
      formula: "x + y",
      facts: { commutes: true, mayBeExact: true, nonnegative: "where operands are" },
      source: "ONNX Add-14",
      call: "add(x, y)",
      more: "Written `x + y`.",
    },
    (x, y) => x + y,
  ),
  sub: onNumbers(
    {
      summary: "difference",
      formula: "x - y",
      facts: { mayBeExact: true },
      source: "ONNX Sub-14",
      call: "sub(x, y)",
      more: "Written `x - y`.",
    },
    (x, y) => x - y,
  ),
  mul: binary(
    {
      summary: "product",
      formula: "x * y",
      facts: { commutes: true, mayBeExact: true, nonnegative: "where operands are" },
      source: "ONNX Mul-14",
      call: "mul(x, y)",
      more: "Written `x * y`.",
    },
    { dtypes: numberDtypes },
    (x, y, dtype) => (dtype === "i32" ? Math.imul(x, y) : x * y),
  ),
  div: onNumbers(
    {
      summary: "quotient",
      formula: "x / y",
      more: "Written `x / y`. For `i32` the fraction is cut off, and a division by 0 gives 0. A quotient that the dtype has is exact. On machines without a division an f32 quotient costs several operations for each element; `x * reciprocal(y)`, with one reciprocal for each row, costs one, and may be off in the last place.",
      facts: { nonnegative: "where operands are" },
      source: "ONNX Div-14",
      call: "div(x, y)",
    },
    (x, y) => x / y,
  ),
  pow: binary(
    {
      summary: "power",
      formula: "x ^ y",
      more: "1 where x is 1 or y is 0, whatever the other is, and where x is -1 and y infinite; NaN for a negative x and a y that is no integer.",
      facts: { nonnegative: "where operands are" },
      source: "ONNX Pow-15; special values: IEEE 754-2019, section 9.2.1",
      call: "pow(x, y)",
    },
    { dtypes: floatDtypes },
    (x, y) => power(x, y),
  ),
  max: onNumbers(
    {
      summary: "larger of two",
      formula: "max(x, y), NaN if one is NaN",
      facts: { commutes: true, choosesNumbers: true, mayBeExact: true },
      source: "ONNX Max-13",
      call: "max(x, y)",
    },
    (x, y) => Math.max(x, y),
  ),
  min: onNumbers(
    {
      summary: "smaller of two",
      formula: "min(x, y), NaN if one is NaN",
      facts: { commutes: true, choosesNumbers: true, mayBeExact: true, nonnegative: "where operands are" },
      source: "ONNX Min-13",
      call: "min(x, y)",
    },
    (x, y) => Math.min(x, y),
  ),
  equal: equality(
    {
      summary: "whether two are equal",
      formula: "x == y",
      facts: { commutes: true, mayBeExact: true, jumps: true },
      source: "ONNX Equal-19",
      call: "equal(x, y)",
    },
    (x, y) => x === y,
  ),
  not_equal: equality(
    {
      summary: "whether two differ",
      formula: "x != y",
      facts: { commutes: true, mayBeExact: true, jumps: true },
      source: "StableHLO compare, NE",
      call: "not_equal(x, y)",
    },
    (x, y) => x !== y,
  ),
  less: comparison(
    {
      summary: "whether the first is smaller",
      formula: "x < y",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX Less-13",
      call: "less(x, y)",
    },
    (x, y) => x < y,
  ),
  less_or_equal: comparison(
    {
      summary: "whether the first is not larger",
      formula: "x <= y",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX LessOrEqual-16",
      call: "less_or_equal(x, y)",
    },
    (x, y) => x <= y,
  ),
  greater: comparison(
    {
      summary: "whether the first is larger",
      formula: "x > y",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX Greater-13",
      call: "greater(x, y)",
    },
    (x, y) => x > y,
  ),
  greater_or_equal: comparison(
    {
      summary: "whether the first is not smaller",
      formula: "x >= y",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX GreaterOrEqual-16",
      call: "greater_or_equal(x, y)",
    },
    (x, y) => x >= y,
  ),
  logical_and: logical(
    {
      summary: "logical and",
      formula: "x and y",
      facts: { commutes: true, mayBeExact: true },
      source: "ONNX And-7",
      call: "logical_and(x, y)",
    },
    (x, y) => x !== 0 && y !== 0,
  ),
  logical_or: logical(
    {
      summary: "logical or",
      formula: "x or y",
      facts: { commutes: true, mayBeExact: true },
      source: "ONNX Or-7",
      call: "logical_or(x, y)",
    },
    (x, y) => x !== 0 || y !== 0,
  ),
  logical_xor: logical(
    {
      summary: "whether exactly one is true",
      formula: "x != y",
      facts: { commutes: true, mayBeExact: true },
      source: "ONNX Xor-7",
      call: "logical_xor(x, y)",
    },
    (x, y) => (x !== 0) !== (y !== 0),
  ),
  where: defineOp({
    kind: "elementwise",
    facts: { choosesNumbers: true, mayBeExact: true },
    summary: "choice between two",
    detail:
      "For each element: `x` where `condition` is true, else `y`. `condition` is bool, `x` and `y` have one dtype; all three broadcast as in NumPy.",
    source: "ONNX Where-16",
    operands: ["condition", "x", "y"],
    attrs: {},
    infer: ([condition, x, y]) => {
      const wrong = checkDtype("condition", condition, ["bool"]) ?? checkSameDtype(x, y);
      if (wrong) return fail(wrong);
      const branches = broadcastShapes(x.shape, y.shape);
      if (!branches.ok) return branches;
      const shape = broadcastShapes(condition.shape, branches.value);
      return shape.ok ? ok([{ dtype: x.dtype, shape: shape.value }]) : shape;
    },
    apply: ([condition, x, y]) => (condition !== 0 ? x : y),
    eval: (inputs, _attrs, [z]) => {
      const condition = spread(inputs[0], z);
      const [x, y] = [spread(inputs[1], z), spread(inputs[2], z)];
      for (let position = 0; position < z.data.length; position++) {
        z.data[position] = condition[position] !== 0 ? x[position]! : y[position]!;
      }
    },
    flops: (_inputs, [z]) => elementCount(z.shape),
    example: `graph example(c: bool[2, 3], x: f32[2, 3], y: f32[]) -> (z: f32[2, 3]) {
  z = where(c, x, y)
}`,
  }),
};
