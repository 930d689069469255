// Functions of one real number that consist of others: trigonometric and hyperbolic ones, their inverses, and logarithm and exponential
// near 1. The expansions are made such that nothing cancels and nothing overflows before the result does: in f32 each stays
// within some ten units in the last place, wherever it is finite.

import type { ValueId } from "../base/ids.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { checkDtype, floatDtypes } from "./shape-rules.ts";
import { castLike, widen } from "./widening.ts";

interface FunctionText {
  readonly summary: string;
  readonly formula: string;
  readonly more?: string;
  readonly source: string;
  readonly call: string;
}

/** A row with one operand `x`, whose expansion gets it in f32. */
function compositeFunction(
  text: FunctionText,
  compute: (x: number) => number,
  { steps, expand }: { readonly steps: number; readonly expand: (b: Expander, x: ValueId) => ValueId },
) {
  const inputs = `\`x\` is ${floatDtypes.join(", ")}; the result has its shape. The inner steps are f32.`;
  return defineOp({
    kind: "composite",
    summary: text.summary,
    detail: [`For each element: \`${text.formula}\`.`, inputs, ...(text.more === undefined ? [] : [text.more])].join(
      " ",
    ),
    source: text.source,
    operands: ["x"],
    attrs: {},
    infer: ([x]) => {
      const wrong = checkDtype("x", x, floatDtypes);
      return wrong ? fail(wrong) : ok([x]);
    },
    eval: ([x], _attrs, [y]) => {
      for (let index = 0; index < y.data.length; index++) y.data[index] = compute(x.data[index]!);
    },
    flops: ([x]) => steps * elementCount(x.shape),
    expand: (b, [x]) => [castLike(b, expand(b, widen(b, x)), x)],
    example: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {\n  y = ${text.call}\n}`,
  });
}

/** Arithmetic of an expansion, with numbers as operands. */
function arithmetic(b: Expander, like: ValueId) {
  type Operand = ValueId | { readonly number: number };
  const operandOf = (operand: Operand): ValueId =>
    typeof operand === "object" ? b.scalar(operand.number, like) : operand;
  const call = (op: string, ...operands: readonly Operand[]): ValueId => b.op(op, operands.map(operandOf));
  return { call, num: (number: number) => ({ number }) };
}

/** sqrt((1 - x) (1 + x)): near 1, too, where 1 - x is exact. */
function cosineOfArcSine(b: Expander, x: ValueId): ValueId {
  const { call, num } = arithmetic(b, x);
  return call("sqrt", call("mul", call("sub", num(1), x), call("add", num(1), x)));
}

/** Below this the logarithm is a series: 1 + y would lose the last digits of y. */
const seriesEnd = 0.25;
/** Terms of the series after the first; the next is below 2^-31 of the result. */
const seriesTerms = 4;

/** ln(1 + y) = 2 artanh(s) = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = y / (2 + y). Source: Abramowitz and Stegun, 4.1.29. */
function expandLogPlusOne(b: Expander, y: ValueId): ValueId {
  const { call, num } = arithmetic(b, y);
  const s = call("mul", y, call("reciprocal", call("add", y, num(2))));
  const square = call("mul", s, s);
  let sum = call("mul", square, num(2 / (2 * seriesTerms + 1)));
  for (let term = seriesTerms - 1; term >= 1; term--) {
    sum = call("mul", square, call("add", sum, num(2 / (2 * term + 1))));
  }
  const near = call("mul", s, call("add", sum, num(2)));
  const far = call("log", call("add", y, num(1)));
  return call("where", call("less", call("abs", y), num(seriesEnd)), near, far);
}

/** e^x - 1 = 2 t / (1 - t) with t = tanh(x / 2), which cancels where e^x is large. */
function expandExponentialMinusOne(b: Expander, x: ValueId): ValueId {
  const { call, num } = arithmetic(b, x);
  const t = call("tanh", call("mul", x, num(0.5)));
  const near = call("mul", call("add", t, t), call("reciprocal", call("sub", num(1), t)));
  const far = call("sub", call("exp", x), num(1));
  return call("where", call("less", call("abs", x), num(1)), near, far);
}

/** (e^|x| + e^-|x|) / 2, by way of e^(|x| / 2), which overflows later than e^|x|. */
function expandCosh(b: Expander, x: ValueId): ValueId {
  const { call, num } = arithmetic(b, x);
  const size = call("abs", x);
  const root = call("exp", call("mul", size, num(0.5)));
  const growing = call("mul", call("mul", root, num(0.5)), root);
  return call("add", growing, call("mul", call("exp", call("neg", size)), num(0.5)));
}

/** From here on x^2 + 1 and x^2 - 1 are x^2 in f32, and x^2 is far from an overflow. */
const largeStart = 2 ** 30;

/** `near` where |x| is small, else ln(2 |x|). */
function orLogOfTwice(b: Expander, size: ValueId, near: ValueId): ValueId {
  const { call, num } = arithmetic(b, size);
  const far = call("add", call("log", size), num(Math.LN2));
  return call("where", call("less", size, num(largeStart)), near, far);
}

/** With the sign of x: ln(1 + a + a^2 / (1 + sqrt(a^2 + 1))) for a = |x|. */
function expandAsinh(b: Expander, x: ValueId): ValueId {
  const { call, num } = arithmetic(b, x);
  const size = call("abs", x);
  const square = call("mul", size, size);
  const root = call("sqrt", call("add", square, num(1)));
  const rest = call("mul", square, call("reciprocal", call("add", root, num(1))));
  const near = call("log_plus_one", call("add", size, rest));
  return call("mul", orLogOfTwice(b, size, near), call("sign", x));
}

/** ln(1 + t + sqrt(t) sqrt(t + 2)) for t = x - 1; NaN below 1, as the root is. */
function expandAcosh(b: Expander, x: ValueId): ValueId {
  const { call, num } = arithmetic(b, x);
  const t = call("sub", x, num(1));
  const root = call("mul", call("sqrt", t), call("sqrt", call("add", t, num(2))));
  return orLogOfTwice(b, x, call("log_plus_one", call("add", t, root)));
}

export const functionOps = {
  tan: compositeFunction(
    { summary: "tangent", formula: "sin(x) / cos(x), x in radians", source: "ONNX Tan-22", call: "tan(x)" },
    Math.tan,
    {
      steps: 3,
      expand: (b, x) => b.op("div", [b.op("sin", [x]), b.op("cos", [x])]),
    },
  ),
  asin: compositeFunction(
    {
      summary: "arc sine",
      formula: "the angle from -pi/2 to pi/2 whose sine is x",
      more: "NaN where |x| is above 1.",
      source: "ONNX Asin-22",
      call: "asin(tanh(x))",
    },
    Math.asin,
    {
      steps: 9,
      expand: (b, x) => {
        const { call, num } = arithmetic(b, x);
        const half = call("atan", call("div", x, call("add", cosineOfArcSine(b, x), num(1))));
        return call("add", half, half);
      },
    },
  ),
  acos: compositeFunction(
    {
      summary: "arc cosine",
      formula: "the angle from 0 to pi whose cosine is x",
      more: "NaN where |x| is above 1.",
      source: "ONNX Acos-22",
      call: "acos(tanh(x))",
    },
    Math.acos,
    {
      steps: 6,
      expand: (b, x) => {
        const { call, num } = arithmetic(b, x);
        const square = call("div", call("sub", num(1), x), call("add", num(1), x));
        const half = call("atan", call("sqrt", square));
        return call("add", half, half);
      },
    },
  ),
  sinh: compositeFunction(
    { summary: "hyperbolic sine", formula: "(e^x - e^-x) / 2", source: "ONNX Sinh-22", call: "sinh(x)" },
    Math.sinh,
    {
      steps: 10,
      expand: (b, x) => b.op("mul", [b.op("tanh", [x]), expandCosh(b, x)]),
    },
  ),
  cosh: compositeFunction(
    { summary: "hyperbolic cosine", formula: "(e^x + e^-x) / 2", source: "ONNX Cosh-22", call: "cosh(x)" },
    Math.cosh,
    { steps: 8, expand: expandCosh },
  ),
  asinh: compositeFunction(
    {
      summary: "inverse hyperbolic sine",
      formula: "ln(x + sqrt(x^2 + 1))",
      source: "ONNX Asinh-22",
      call: "asinh(x)",
    },
    Math.asinh,
    { steps: 30, expand: expandAsinh },
  ),
  acosh: compositeFunction(
    {
      summary: "inverse hyperbolic cosine",
      formula: "ln(x + sqrt(x^2 - 1))",
      more: "NaN where x is below 1.",
      source: "ONNX Acosh-22",
      call: "acosh(abs(x) + 1)",
    },
    Math.acosh,
    { steps: 30, expand: expandAcosh },
  ),
  atanh: compositeFunction(
    {
      summary: "inverse hyperbolic tangent",
      formula: "ln((1 + x) / (1 - x)) / 2",
      more: "Infinite where x is 1 or -1, NaN beyond.",
      source: "ONNX Atanh-22",
      call: "atanh(tanh(x))",
    },
    Math.atanh,
    {
      steps: 26,
      expand: (b, x) => {
        const { call, num } = arithmetic(b, x);
        const ratio = call("div", call("add", x, x), call("sub", num(1), x));
        return call("mul", call("log_plus_one", ratio), num(0.5));
      },
    },
  ),
  log_plus_one: compositeFunction(
    {
      summary: "logarithm of one more",
      formula: "ln(1 + x)",
      more: "For a small x it keeps the digits that `log(1 + x)` loses.",
      source: "StableHLO log_plus_one",
      call: "log_plus_one(abs(x))",
    },
    Math.log1p,
    { steps: 20, expand: expandLogPlusOne },
  ),
  exponential_minus_one: compositeFunction(
    {
      summary: "exponential less one",
      formula: "e^x - 1",
      more: "For a small x it keeps the digits that `exp(x) - 1` loses.",
      source: "StableHLO exponential_minus_one",
      call: "exponential_minus_one(x)",
    },
    Math.expm1,
    { steps: 12, expand: expandExponentialMinusOne },
  ),
};
