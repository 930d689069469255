// Rows of ONNX ops that work element by element: arithmetic, functions, comparisons, logic.

import { isFloat } from "../../../../ir-spec/base/dtype.ts";
import type { OpName } from "../../../../ir-spec/ops/index.ts";
import { allOperands, cast, op, operand, scalar, threeOperands, twoOperands, type Use } from "../use.ts";
import type { Value } from "../values.ts";
import { defineOnnxOps, type OnnxOp } from "./define.ts";
import { arithmetic, narrow, widen } from "./integers.ts";

/** An op of the op table with the same meaning; narrow integers are computed in i32. */
function plain(name: OpName, versions: OnnxOp["versions"] = { 13: "bf16" }): OnnxOp {
  return {
    way: "op",
    as: `\`${name}\``,
    versions,
    make: (use) => [arithmetic(use, name, allOperands(use))],
  };
}

/** What gives bools and takes its operands as they are. */
function logic(name: OpName): OnnxOp {
  return { way: "op", as: `\`${name}\``, make: (use) => [bool(op(use, name, allOperands(use)))] };
}

/** The same for floats alone, whose rows have one operand. */
function unary(as: string, make: (use: Use, x: Value) => Value): OnnxOp {
  return {
    way: as.includes("(") || as.includes(" ") ? "rewrite" : "op",
    as: `\`${as}\``,
    make: (use) => [make(use, operand(use, 0))],
  };
}

function comparison(name: OpName): OnnxOp {
  return {
    way: "op",
    as: `\`${name}\``,
    make: (use) => [
      bool(
        op(
          use,
          name,
          allOperands(use).map((value) => (name === "equal" ? value : widen(use, value))),
        ),
      ),
    ],
  };
}

const bool = (value: Value): Value => ({ ...value, element: "BOOL" });

/** Any number of operands, folded from the left. */
function variadic(name: OpName): OnnxOp {
  return {
    way: "op",
    as: `\`${name}\`, one after the other`,
    make: (use) => {
      const [first, ...others] = allOperands(use);
      const wide = others.map((value) => widen(use, value));
      const folded = wide.reduce((sum, value) => op(use, name, [sum, value]), widen(use, first!));
      return [narrow(use, folded, first!.element)];
    },
  };
}

/** Source: ONNX Mod-13: the sign of the divisor, or with fmod that of the dividend. */
function mod(use: Use): Value {
  const [lhs, rhs] = twoOperands(use).map((value) => widen(use, value)) as [Value, Value];
  const sign = use.attrs.flag("fmod", false) ? "dividend" : "divisor";
  return narrow(use, op(use, "mod", [lhs, rhs], { sign }), operand(use, 0).element);
}

/** The base decides on the dtype; a power of integers is computed in f32. */
function pow(use: Use): Value {
  const [base, exponent] = twoOperands(use);
  const dtype = isFloat(base.dtype) ? base.dtype : "f32";
  const power = op(use, "pow", [cast(use, base, dtype), cast(use, exponent, dtype)]);
  return narrow(use, power, base.element);
}

function clip(use: Use): Value {
  const [x, low, high] = use.operands;
  const wide = widen(use, operand(use, 0));
  const bound = (given: Value | undefined, attr: string): Value | undefined => {
    if (given !== undefined) return widen(use, given);
    return use.attrs.has(attr) ? scalar(use.attrs.float(attr), wide) : undefined;
  };
  const [least, most] = [bound(low, "min"), bound(high, "max")];
  const raised = least === undefined ? wide : op(use, "max", [wide, least]);
  const lowered = most === undefined ? raised : op(use, "min", [raised, most]);
  return narrow(use, lowered, x!.element);
}

/** The slope of PRelu broadcasts from the right. */
function leaky(use: Use, x: Value, slope: Value): Value {
  return op(use, "where", [op(use, "less", [x, scalar(0, x)]), op(use, "mul", [slope, x]), x]);
}

const num = (x: Value, value: number): Value => scalar(value, x);

/** alpha * (exp(x) - 1) where x is negative. */
function elu(use: Use, x: Value, alpha: number): Value {
  const low = op(use, "mul", [num(x, alpha), op(use, "sub", [op(use, "exp", [x]), num(x, 1)])]);
  return op(use, "where", [op(use, "less", [x, num(x, 0)]), low, x]);
}

function affineClamp(use: Use, x: Value, { alpha, beta }: { readonly alpha: number; readonly beta: number }): Value {
  const line = op(use, "add", [op(use, "mul", [x, num(x, alpha)]), num(x, beta)]);
  return op(use, "max", [op(use, "min", [line, num(x, 1)]), num(x, 0)]);
}

function shrink(use: Use): Value {
  const x = operand(use, 0);
  const wide = widen(use, x);
  const bias = use.attrs.float("bias", 0);
  const limit = use.attrs.float("lambd", 0.5);
  const isHigh = op(use, "less", [num(wide, limit), wide]);
  const isLow = op(use, "less", [wide, num(wide, -limit)]);
  const high = op(use, "where", [isHigh, op(use, "sub", [wide, num(wide, bias)]), num(wide, 0)]);
  return narrow(use, op(use, "where", [isLow, op(use, "add", [wide, num(wide, bias)]), high]), x.element);
}

export const elementwiseOps = defineOnnxOps({
  Add: plain("add", { 14: "narrow integers" }),
  Sub: plain("sub", { 14: "narrow integers" }),
  Mul: plain("mul", { 14: "narrow integers" }),
  Div: plain("div", { 14: "narrow integers" }),
  Neg: plain("neg"),
  Abs: plain("abs"),
  Relu: plain("relu", { 13: "bf16", 14: "integers" }),
  Exp: plain("exp"),
  Log: plain("log"),
  Sqrt: plain("sqrt"),
  Reciprocal: plain("reciprocal"),
  Tanh: plain("tanh"),
  Sigmoid: plain("sigmoid"),
  Erf: plain("erf"),
  Sin: plain("sin", { 22: "bf16" }),
  Cos: plain("cos", { 22: "bf16" }),
  Floor: plain("floor"),
  Not: logic("logical_not"),
  And: logic("logical_and"),
  Or: logic("logical_or"),
  Xor: logic("logical_xor"),
  Equal: comparison("equal"),
  Less: comparison("less"),
  LessOrEqual: comparison("less_or_equal"),
  Greater: comparison("greater"),
  GreaterOrEqual: comparison("greater_or_equal"),
  Max: variadic("max"),
  Min: variadic("min"),
  Sum: variadic("add"),
  Mean: {
    way: "rewrite",
    as: "`add`, then `mul` by 1 / n",
    make: (use) => {
      const [sum] = variadic("add").make(use) as [Value];
      return [op(use, "div", [sum, num(sum, use.operands.length)])];
    },
  },
  Mod: { way: "op", as: "`mod`", versions: { 13: "bf16" }, make: (use) => [mod(use)] },
  Pow: {
    way: "op",
    as: "`pow`, the exponent cast to the base's dtype",
    versions: { 13: "dtypes may differ", 15: "bf16" },
    make: (use) => [pow(use)],
  },
  Where: {
    way: "op",
    as: "`where`",
    make: (use) => {
      const [condition, x, y] = threeOperands(use);
      return [{ ...op(use, "where", [condition, x, y]), element: x.element }];
    },
  },
  Clip: { way: "rewrite", as: "`min(max(x, low), high)`", versions: { 13: "bf16" }, make: (use) => [clip(use)] },
  Ceil: plain("ceil"),
  Round: plain("round"),
  Sign: plain("sign"),
  Tan: plain("tan", { 22: "bf16" }),
  Asin: plain("asin", { 22: "bf16" }),
  Acos: plain("acos", { 22: "bf16" }),
  Atan: plain("atan", { 22: "bf16" }),
  Sinh: plain("sinh", { 22: "bf16" }),
  Cosh: plain("cosh", { 22: "bf16" }),
  Asinh: plain("asinh", { 22: "bf16" }),
  Acosh: plain("acosh", { 22: "bf16" }),
  Atanh: plain("atanh", { 22: "bf16" }),
  Softplus: plain("softplus", { 22: "bf16" }),
  Softsign: unary("x / (1 + |x|)", (use, x) => op(use, "div", [x, op(use, "add", [op(use, "abs", [x]), num(x, 1)])])),
  Elu: {
    way: "rewrite",
    as: "`where(x < 0, alpha * (exp(x) - 1), x)`",
    make: (use) => [elu(use, operand(use, 0), use.attrs.float("alpha", 1))],
  },
  Celu: {
    way: "rewrite",
    as: "`where(x < 0, alpha * (exp(x / alpha) - 1), x)`",
    make: (use) => {
      const x = operand(use, 0);
      const alpha = use.attrs.float("alpha", 1);
      const scaled = op(use, "div", [x, num(x, alpha)]);
      return [op(use, "mul", [elu(use, scaled, 1), num(x, alpha)])];
    },
  },
  Selu: {
    way: "rewrite",
    as: "`where(x < 0, gamma * (alpha * exp(x) - alpha), gamma * x)`",
    make: (use) => {
      const x = operand(use, 0);
      // Source: ONNX Selu-6, the defaults of its attributes.
      const gamma = use.attrs.float("gamma", 1.0507010221481323);
      const alpha = num(x, use.attrs.float("alpha", 1.6732631921768188));
      const low = op(use, "sub", [op(use, "mul", [alpha, op(use, "exp", [x])]), alpha]);
      const [scaled, high] = [low, x].map((value) => op(use, "mul", [num(x, gamma), value])) as [Value, Value];
      return [op(use, "where", [op(use, "less", [x, num(x, 0)]), scaled, high])];
    },
  },
  LeakyRelu: {
    way: "rewrite",
    as: "`where(x < 0, alpha * x, x)`",
    versions: { 16: "bf16" },
    make: (use) => {
      const x = operand(use, 0);
      return [leaky(use, x, num(x, use.attrs.float("alpha", 0.01)))];
    },
  },
  PRelu: {
    way: "rewrite",
    as: "`where(x < 0, slope * x, x)`",
    versions: { 16: "bf16" },
    make: (use) => [leaky(use, operand(use, 0), operand(use, 1))],
  },
  ThresholdedRelu: {
    way: "rewrite",
    as: "`where(alpha < x, x, 0)`",
    make: (use) => {
      const x = operand(use, 0);
      const isHigh = op(use, "less", [num(x, use.attrs.float("alpha", 1)), x]);
      return [op(use, "where", [isHigh, x, num(x, 0)])];
    },
  },
  HardSigmoid: {
    way: "rewrite",
    as: "`max(min(alpha * x + beta, 1), 0)`",
    make: (use) => [
      affineClamp(use, operand(use, 0), { alpha: use.attrs.float("alpha", 0.2), beta: use.attrs.float("beta", 0.5) }),
    ],
  },
  HardSwish: {
    way: "rewrite",
    as: "`x * max(min(x / 6 + 0.5, 1), 0)`",
    make: (use) => {
      const x = operand(use, 0);
      return [op(use, "mul", [x, affineClamp(use, x, { alpha: 1 / 6, beta: 0.5 })])];
    },
  },
  Mish: unary("x * tanh(softplus(x))", (use, x) => op(use, "mul", [x, op(use, "tanh", [op(use, "softplus", [x])])])),
  Gelu: {
    way: "op",
    as: "`gelu`",
    make: (use) => [op(use, "gelu", [operand(use, 0)], { approximate: use.attrs.text("approximate", "none") })],
  },
  Swish: {
    way: "op",
    as: "`silu`, or `x * sigmoid(alpha * x)`",
    make: (use) => {
      const x = operand(use, 0);
      const alpha = use.attrs.float("alpha", 1);
      if (alpha === 1) return [op(use, "silu", [x])];
      return [op(use, "mul", [x, op(use, "sigmoid", [op(use, "mul", [x, num(x, alpha)])])])];
    },
  },
  Shrink: { way: "rewrite", as: "two `where`", make: (use) => [shrink(use)] },
  IsNaN: logic("is_nan"),
  IsInf: {
    way: "rewrite",
    as: "`x == inf`, `x == -inf`",
    make: (use) => {
      const x = operand(use, 0);
      const isPositive = op(use, "equal", [x, num(x, Number.POSITIVE_INFINITY)]);
      const isNegative = op(use, "equal", [x, num(x, Number.NEGATIVE_INFINITY)]);
      const [up, down] = [use.attrs.flag("detect_positive", true), use.attrs.flag("detect_negative", true)];
      if (up && down) return [bool(op(use, "is_inf", [x]))];
      if (up || down) return [bool(up ? isPositive : isNegative)];
      return [bool(op(use, "full", [], { value: 0, shape: x.shape, dtype: "bool" }))];
    },
  },
});
