// Elementwise rows with one operand: arithmetic, functions, rounding, tests and conversion. Activations of networks have a file of their own.

import { erf, roundHalfToEven } from "../base/special-functions.ts";
import { type ElementwiseText, onFloats, onNumbers, unary } from "./elementwise-makers.ts";
import { allDtypes, floatDtypes } from "./shape-rules.ts";

const toBool = (text: ElementwiseText, holds: (x: number) => boolean) =>
  unary(text, { dtypes: floatDtypes, attrs: {}, resultDtype: () => "bool", exampleDtypes: ["f32", "bool"] }, (x) =>
    holds(x) ? 1 : 0,
  );

export const unaryOps = {
  neg: onNumbers(
    {
      summary: "negative",
      formula: "-x",
      facts: { choosesNumbers: true, mayBeExact: true },
      source: "ONNX Neg-13",
      call: "neg(x)",
      more: "Written `-x`.",
    },
    (x) => -x,
  ),
  abs: onNumbers(
    {
      summary: "absolute value",
      formula: "|x|",
      facts: {
        choosesNumbers: true,
        mayBeExact: true,
        isIdempotent: true,
        isNeverNegativeZero: true,
        nonnegative: "always",
      },
      source: "ONNX Abs-13",
      call: "abs(x)",
    },
    Math.abs,
  ),
  exp: onFloats(
    {
      summary: "exponential",
      formula: "e^x",
      facts: { isTranscendental: true, isNeverNegativeZero: true, nonnegative: "always" },
      source: "ONNX Exp-13",
      call: "exp(x)",
    },
    Math.exp,
  ),
  log: onFloats(
    {
      summary: "natural logarithm",
      formula: "ln(x)",
      facts: { isTranscendental: true },
      source: "ONNX Log-13",
      call: "log(x)",
    },
    Math.log,
  ),
  sqrt: onFloats(
    {
      summary: "square root",
      formula: "sqrt(x)",
      facts: { nonnegative: "always" },
      source: "ONNX Sqrt-13",
      call: "sqrt(x)",
    },
    Math.sqrt,
  ),
  rsqrt: onFloats(
    {
      summary: "reciprocal of the square root",
      formula: "1 / sqrt(x)",
      facts: { nonnegative: "always" },
      source: "StableHLO rsqrt",
      call: "rsqrt(x)",
    },
    (x) => 1 / Math.sqrt(x),
  ),
  reciprocal: onFloats(
    {
      summary: "reciprocal",
      formula: "1 / x",
      facts: { nonnegative: "where operands are" },
      source: "ONNX Reciprocal-13",
      call: "reciprocal(x)",
    },
    (x) => 1 / x,
  ),
  erf: onFloats(
    {
      summary: "error function",
      formula: "2/sqrt(pi) * integral of e^-(t^2) for t from 0 to x",
      facts: { isTranscendental: true },
      source: "ONNX Erf-13",
      call: "erf(x)",
    },
    erf,
  ),
  sin: onFloats(
    {
      summary: "sine",
      formula: "sin(x), x in radians",
      facts: { isTranscendental: true },
      source: "ONNX Sin-22",
      call: "sin(x)",
    },
    Math.sin,
  ),
  cos: onFloats(
    {
      summary: "cosine",
      formula: "cos(x), x in radians",
      facts: { isTranscendental: true },
      source: "ONNX Cos-22",
      call: "cos(x)",
    },
    Math.cos,
  ),
  floor: onFloats(
    {
      summary: "largest integer that is not above",
      formula: "floor(x)",
      facts: {
        choosesNumbers: true,
        mayBeExact: true,
        jumps: true,
        isIdempotent: true,
        nonnegative: "where operands are",
      },
      source: "ONNX Floor-13",
      call: "floor(x)",
    },
    Math.floor,
  ),
  ceil: onFloats(
    {
      summary: "smallest integer that is not below",
      formula: "ceil(x)",
      facts: { choosesNumbers: true, mayBeExact: true, jumps: true, isIdempotent: true },
      source: "ONNX Ceil-13",
      call: "ceil(x)",
    },
    Math.ceil,
  ),
  round: onFloats(
    {
      summary: "nearest integer, ties to even",
      formula: "the integer nearest to x, the even one of two",
      facts: { choosesNumbers: true, mayBeExact: true, jumps: true, isIdempotent: true },
      source: "ONNX Round-22; StableHLO round_nearest_even",
      call: "round(x)",
    },
    roundHalfToEven,
  ),
  sign: onNumbers(
    {
      summary: "sign",
      formula: "1, -1, or x where it is 0 or NaN",
      facts: { choosesNumbers: true, mayBeExact: true, jumps: true, isIdempotent: true },
      source: "ONNX Sign-13; StableHLO sign",
      call: "sign(x)",
    },
    Math.sign,
  ),
  atan: onFloats(
    {
      summary: "arc tangent",
      formula: "the angle from -pi/2 to pi/2 whose tangent is x",
      facts: { isTranscendental: true },
      source: "ONNX Atan-22",
      call: "atan(x)",
    },
    Math.atan,
  ),
  is_nan: toBool(
    {
      summary: "whether it is no number",
      formula: "x is NaN",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX IsNaN-20",
      call: "is_nan(x)",
    },
    Number.isNaN,
  ),
  is_inf: toBool(
    {
      summary: "whether it is infinite",
      formula: "x is infinite, with either sign",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX IsInf-20",
      call: "is_inf(x)",
    },
    (x) => Math.abs(x) === Number.POSITIVE_INFINITY,
  ),
  logical_not: unary(
    {
      summary: "logical not",
      formula: "not x",
      facts: { mayBeExact: true },
      source: "ONNX Not-1",
      call: "logical_not(x)",
    },
    { dtypes: ["bool"], attrs: {} },
    (x) => (x === 0 ? 1 : 0),
  ),
  cast: unary(
    {
      summary: "conversion to another dtype",
      formula: "the value of dtype `to` nearest to x, ties to even",
      more: "A float beyond the range becomes infinite; to an integer the fraction is cut off and the value wraps; to `bool` everything but 0 is true.",
      facts: { mayBeExact: true, nonnegative: "where operands are" },
      source: "ONNX Cast-19",
      call: "cast(x, to=bf16)",
    },
    {
      dtypes: allDtypes,
      attrs: { to: { kind: "dtype", summary: "dtype of the result" } },
      resultDtype: (attrs) => attrs.to,
      exampleDtypes: ["f32", "bf16"],
      flopsPerElement: 0,
    },
    (x) => x,
  ),
};
