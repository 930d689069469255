// StableHLO's elementwise operations, and those that choose and convert.
// Source: StableHLO specification, "Ops"; CHLO's operations have the names of their functions.

import { type Dtype, dtypeNames, dtypes, isFloat } from "../../../../ir-spec/base/dtype.ts";
import type { OpName } from "../../../../ir-spec/ops/index.ts";
import { dtypeOf, emit, type OpContext, refuse, resultType, type Value } from "../context.ts";
import { findAttr, intAttr, wordsOf } from "../read-attrs.ts";
import { elementOf, resultTypes } from "../types.ts";
import { elementwise, repeated } from "../values.ts";
import { type OpRule, type OpRules, rule } from "./rule.ts";

function unary(op: OpName): OpRule {
  return rule(1, (context, x) => elementwise(context, op as "neg", [x as Value], {}));
}

function binary(op: OpName): OpRule {
  return rule(2, (context, x, y) => apply2(context, op, x as Value, y as Value));
}

function apply2(context: OpContext, op: OpName, x: Value, y: Value): Value {
  return elementwise(context, op as "add", [x, y], {});
}

/** Of bools another op than of numbers: their sum is a logical or. */
function withBools(numbers: OpName, bools: OpName): OpRule {
  return rule(2, (context, x, y) =>
    apply2(context, dtypeOf(context, x as Value) === "bool" ? bools : numbers, x as Value, y as Value),
  );
}

/** The larger of two; with the -inf that exports of softmax put in front of a maximum it is the other one. */
const maximum: OpRule = {
  operands: 2,
  apply: (context) => {
    const { splats } = context.importer;
    const others = context.operands.filter(({ base }) => splats.get(base) !== Number.NEGATIVE_INFINITY);
    return others.length === 1 ? others : withBools("max", "logical_or").apply(context);
  },
};

/** Shifts of integers as wide as their dtype; by as many bits as there are or more, every bit is shifted out. */
function shift(op: OpName): OpRule {
  return rule(2, (context, x, y) => {
    if (!isSameWidth(context)) refuse(context, "graphs hold its integers in other widths");
    return apply2(context, op, x as Value, y as Value);
  });
}

/** Whether the dtype has the width of the element type in the text: an i64 is an i32. */
function isSameWidth({ op }: OpContext): boolean {
  return resultTypes(op.type, 1).every((type) => /^(i32|i8|ui8)$/.test(elementOf(type)));
}

/** One number with the dtype of a value, which broadcasts to its shape. */
export function scalar(context: OpContext, value: number, dtype: Dtype): Value {
  return repeated(emit(context, "full", [], { value, shape: [], dtype }), []);
}

const comparisons: ReadonlyMap<string, OpName> = new Map([
  ["EQ", "equal"],
  ["NE", "not_equal"],
  ["LT", "less"],
  ["LE", "less_or_equal"],
  ["GT", "greater"],
  ["GE", "greater_or_equal"],
]);

const compare = rule(2, (context, x, y) => {
  const words = wordsOf(context, "comparison_direction");
  const kinds = wordsOf(context, "compare_type");
  const op = words.map((word) => comparisons.get(word)).find((found) => found !== undefined);
  if (op === undefined) refuse(context, `expected one of ${[...comparisons.keys()].join(", ")}`);
  if (kinds.includes("TOTALORDER")) refuse(context, "graphs have no total order, in which NaN is a number");
  const isOrder = op !== "equal" && op !== "not_equal";
  const [lhs, rhs] = [x as Value, y as Value].map((operand) =>
    isOrder && dtypeOf(context, operand) === "bool" ? elementwise(context, "cast", [operand], { to: "i32" }) : operand,
  );
  return apply2(context, op ?? "equal", lhs as Value, rhs as Value);
});

const clamp = rule(3, (context, min, x, max) =>
  apply2(context, "min", apply2(context, "max", x as Value, min as Value), max as Value),
);

const convert = rule(1, (context, x) => {
  const { dtype } = resultType(context);
  return dtypeOf(context, x as Value) === dtype
    ? (x as Value)
    : elementwise(context, "cast", [x as Value], { to: dtype });
});

const not = rule(1, (context, x) => {
  const op = dtypeOf(context, x as Value) === "bool" ? "logical_not" : "bitwise_not";
  return elementwise(context, op, [x as Value], {});
});

/** Halves are rounded away from zero. */
const roundAway = rule(1, (context, given) => {
  const x = given as Value;
  const number = (value: number): Value => scalar(context, value, dtypeOf(context, x));
  const size = elementwise(context, "abs", [x], {});
  const low = elementwise(context, "floor", [size], {});
  const isUp = apply2(context, "greater_or_equal", apply2(context, "sub", size, low), number(0.5));
  const rounded = elementwise(context, "where", [isUp, apply2(context, "add", low, number(1)), low], {});
  const isNegative = apply2(context, "less", x, number(0));
  const signed = elementwise(context, "where", [isNegative, elementwise(context, "neg", [rounded], {}), rounded], {});
  // What has no fraction stays as it is: infinities, whose difference to themselves is NaN, and -0.
  return elementwise(context, "where", [apply2(context, "equal", size, low), x, signed], {});
});

/** The dtype with as many bits of exponent and mantissa. */
function dtypeOfWidths(exponent: number, mantissa: number): Dtype | undefined {
  return dtypeNames.find(
    (name) => isFloat(name) && dtypes[name].mantissaBits === mantissa && exponentBits(name) === exponent,
  );
}

function exponentBits(dtype: Dtype): number {
  return 8 * dtypes[dtype].bytes - 1 - dtypes[dtype].mantissaBits;
}

/** Rounds as another dtype would; `format = e8m7`, or two attributes in the generic form. */
const reducePrecision = rule(1, (context, x) => {
  const format = findAttr(context, "format");
  const pretty = format?.kind === "word" ? /^e(\d+)m(\d+)$/.exec(format.text) : null;
  const exponent = pretty === null ? intAttr(context, "exponent_bits") : Number(pretty[1]);
  const mantissa = pretty === null ? intAttr(context, "mantissa_bits") : Number(pretty[2]);
  const from = dtypeOf(context, x as Value);
  if (exponent >= exponentBits(from) && mantissa >= dtypes[from].mantissaBits) return x as Value;
  const to = dtypeOfWidths(exponent, mantissa);
  if (to !== undefined)
    return elementwise(context, "cast", [elementwise(context, "cast", [x as Value], { to })], { to: from });
  refuse(context, `graphs have no dtype with ${exponent} bits of exponent and ${mantissa} of mantissa`);
  return x as Value;
});

const finite = rule(1, (context, x) => {
  const infinity = scalar(context, Number.POSITIVE_INFINITY, dtypeOf(context, x as Value));
  return apply2(context, "less", elementwise(context, "abs", [x as Value], {}), infinity);
});

/** What truncated division leaves: it has the sign of the dividend. */
const remainder = rule(2, (context, x, y) =>
  elementwise(context, "mod", [x as Value, y as Value], { sign: "dividend" }),
);

const square = rule(1, (context, x) => apply2(context, "mul", x as Value, x as Value));

export const elementwiseRules: OpRules = {
  abs: unary("abs"),
  acos: unary("acos"),
  acosh: unary("acosh"),
  add: withBools("add", "logical_or"),
  and: withBools("bitwise_and", "logical_and"),
  asin: unary("asin"),
  asinh: unary("asinh"),
  atan: unary("atan"),
  atanh: unary("atanh"),
  ceil: unary("ceil"),
  clamp,
  compare,
  convert,
  cosh: unary("cosh"),
  cosine: unary("cos"),
  divide: binary("div"),
  erf: unary("erf"),
  exponential: unary("exp"),
  exponential_minus_one: unary("exponential_minus_one"),
  floor: unary("floor"),
  is_finite: finite,
  log: unary("log"),
  log_plus_one: unary("log_plus_one"),
  logistic: unary("sigmoid"),
  maximum,
  minimum: withBools("min", "logical_and"),
  multiply: withBools("mul", "logical_and"),
  negate: unary("neg"),
  not,
  optimization_barrier: { operands: 0, isVariadic: true, apply: (context) => context.operands },
  or: withBools("bitwise_or", "logical_or"),
  power: binary("pow"),
  remainder,
  reduce_precision: reducePrecision,
  round_nearest_afz: roundAway,
  round_nearest_even: unary("round"),
  rsqrt: unary("rsqrt"),
  select: rule(3, (context, condition, x, y) =>
    elementwise(context, "where", [condition as Value, x as Value, y as Value], {}),
  ),
  shift_left: shift("shift_left"),
  shift_right_logical: shift("shift_right_logical"),
  sign: unary("sign"),
  sine: unary("sin"),
  sinh: unary("sinh"),
  sqrt: unary("sqrt"),
  square,
  subtract: binary("sub"),
  tan: unary("tan"),
  tanh: unary("tanh"),
  // Graphs have no logical xor; of bools it is being different.
  xor: withBools("bitwise_xor", "not_equal"),
};
