// StableHLO's elementwise operations, and those that choose and convert.
// Source: StableHLO specification, "Ops"; the accurate forms of log(1 + x) and e^x - 1: Kahan, as in Higham 2002, section 1.14.1.

import type { Dtype } from "../../../../ir-spec/base/dtype.ts";
import type { OpName } from "../../../../ir-spec/ops/index.ts";
import { dtypeOf, emit, type OpContext, refuse, resultType, type Value } from "../context.ts";
import { wordsOf } from "../read-attrs.ts";
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

/** Operations on bits, which graphs have of bools alone. */
function onlyBools(op: OpName): OpRule {
  return rule(2, (context, x, y) => {
    if (dtypeOf(context, x as Value) !== "bool") refuse(context, "graphs have it for bools, not for integers");
    return apply2(context, op, x as Value, y as Value);
  });
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

/** Graphs have no logical xor; of bools it is being different. */
const xor = onlyBools("not_equal");

const sign = rule(1, (context, x) => {
  const dtype = dtypeOf(context, x as Value);
  const [zero, one, minusOne] = [0, 1, -1].map((value) => scalar(context, value, dtype)) as [Value, Value, Value];
  const negative = elementwise(context, "where", [apply2(context, "less", x as Value, zero), minusOne, x as Value], {});
  return elementwise(context, "where", [apply2(context, "greater", x as Value, zero), one, negative], {});
});

const ceil = rule(1, (context, x) => {
  const down = elementwise(context, "floor", [elementwise(context, "neg", [x as Value], {})], {});
  return elementwise(context, "neg", [down], {});
});

const finite = rule(1, (context, x) => {
  const infinity = scalar(context, Number.POSITIVE_INFINITY, dtypeOf(context, x as Value));
  return apply2(context, "less", elementwise(context, "abs", [x as Value], {}), infinity);
});

/** log(1 + x) where 1 + x is rounded: the logarithm is corrected by the rounding. */
const logPlusOne = rule(1, (context, given) => {
  const x = given as Value;
  const one = scalar(context, 1, dtypeOf(context, x));
  const sum = apply2(context, "add", x, one);
  const log = elementwise(context, "log", [sum], {});
  const corrected = apply2(context, "div", apply2(context, "mul", log, x), apply2(context, "sub", sum, one));
  const small = elementwise(context, "where", [apply2(context, "equal", sum, one), x, corrected], {});
  return elementwise(context, "where", [apply2(context, "equal", sum, x), log, small], {});
});

/** e^x - 1 = tanh(x / 2) (e^x + 1), which loses no digits where x is small. */
const exponentialMinusOne = rule(1, (context, given) => {
  const x = given as Value;
  const dtype = dtypeOf(context, x);
  const [half, one] = [scalar(context, 0.5, dtype), scalar(context, 1, dtype)];
  const exp = elementwise(context, "exp", [x], {});
  const tanh = elementwise(context, "tanh", [apply2(context, "mul", x, half)], {});
  return apply2(context, "mul", tanh, apply2(context, "add", exp, one));
});

/** Of integers what truncated division leaves; of floats that loses digits. */
const remainder = rule(2, (context, x, y) => {
  if (dtypeOf(context, x as Value) !== "i32") refuse(context, "graphs have the remainder of i32 alone");
  const quotient = apply2(context, "div", x as Value, y as Value);
  return apply2(context, "sub", x as Value, apply2(context, "mul", quotient, y as Value));
});

const square = rule(1, (context, x) => apply2(context, "mul", x as Value, x as Value));

export const elementwiseRules: OpRules = {
  abs: unary("abs"),
  add: withBools("add", "logical_or"),
  and: onlyBools("logical_and"),
  ceil,
  clamp,
  compare,
  convert,
  cosine: unary("cos"),
  divide: binary("div"),
  erf: unary("erf"),
  exponential: unary("exp"),
  exponential_minus_one: exponentialMinusOne,
  floor: unary("floor"),
  is_finite: finite,
  log: unary("log"),
  log_plus_one: logPlusOne,
  logistic: unary("sigmoid"),
  maximum,
  minimum: withBools("min", "logical_and"),
  multiply: withBools("mul", "logical_and"),
  negate: unary("neg"),
  not: unary("logical_not"),
  optimization_barrier: { operands: 0, isVariadic: true, apply: (context) => context.operands },
  or: onlyBools("logical_or"),
  power: binary("pow"),
  remainder,
  rsqrt: unary("rsqrt"),
  select: rule(3, (context, condition, x, y) =>
    elementwise(context, "where", [condition as Value, x as Value, y as Value], {}),
  ),
  sign,
  sine: unary("sin"),
  sqrt: unary("sqrt"),
  square,
  subtract: binary("sub"),
  tanh: unary("tanh"),
  xor,
};
