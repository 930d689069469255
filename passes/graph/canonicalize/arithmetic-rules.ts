// Canonicalization rules on numbers: neutral elements, double negations, constants.

import { type Dtype, dtypes, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Call } from "../../../ir-spec/graph.ts";
import { factsOf, opNames } from "../../../ir-spec/ops/index.ts";
import type { Rewriter } from "../../rewrite.ts";
import { commutativeOps } from "../commutative.ts";
import { callOf, defineRule, numberOf, operandCall, operandOf, type Replacement, resultType } from "./rule.ts";

const idempotent = opNames.filter((op) => factsOf(op).isIdempotent);

const example = (result: string): string => `graph example(x: f32[4], y: f32[4]) -> (z: f32[4]) {\n  z = ${result}\n}`;

/** The operand itself, where the call's result has its type (nothing broadcasts). */
function operandAlone(call: Call, index: number, to: Rewriter): Replacement | undefined {
  const value = operandOf(call, index);
  const type = resultType(call, to);
  return type !== undefined && typesEqual(type, to.typeOf(value)) ? { value } : undefined;
}

function canBeNegativeZero(value: ValueId, to: Rewriter): boolean {
  const definition = to.definingCall(value);
  return isFloat(to.typeOf(value).dtype) && (definition === undefined || !factsOf(definition.op).isNeverNegativeZero);
}

/** True for a power of two whose reciprocal is a normal number of the value's dtype. */
function hasExactReciprocal(divisor: number, value: ValueId, to: Rewriter): boolean {
  const { dtype } = to.typeOf(value);
  const exponent = Math.log2(Math.abs(divisor));
  const isPowerOfTwo = Number.isInteger(exponent) && 2 ** exponent === Math.abs(divisor);
  return isFloat(dtype) && isPowerOfTwo && -exponent >= dtypes[dtype].minExponent && isValueOf(1 / divisor, dtype);
}

function isValueOf(x: number, dtype: Dtype): boolean {
  return roundTo(dtype, x) === x;
}

export const arithmeticRules = [
  defineRule({
    name: "constant-right",
    summary: "the constant operand of a commutative op is on the right",
    before: example("2 * x + y"),
    after: example("x * 2 + y"),
    ops: [...commutativeOps],
    rewrite: (call, to) => {
      const [left, right] = [operandOf(call, 0), operandOf(call, 1)];
      const isConstant = (value: ValueId): boolean => ["full", "constant"].includes(to.definingCall(value)?.op ?? "");
      return isConstant(left) && !isConstant(right) ? callOf(call.op, [right, left]) : undefined;
    },
  }),
  defineRule({
    name: "add-zero",
    summary: "x + 0 is x where x is an integer or never -0 (since -0 + 0 is 0); x + -0 always is x",
    before: example("abs(x) + 0"),
    after: example("abs(x)"),
    ops: ["add"],
    rewrite: (call, to) => {
      const added = numberOf(operandOf(call, 1), to);
      if (added !== 0) return undefined;
      const isExact = Object.is(added, -0) || !canBeNegativeZero(operandOf(call), to);
      return isExact ? operandAlone(call, 0, to) : undefined;
    },
  }),
  defineRule({
    name: "sub-zero",
    summary: "x - 0 is x",
    before: example("x - 0"),
    after: example("x"),
    ops: ["sub"],
    rewrite: (call, to) => {
      const isZero = Object.is(numberOf(operandOf(call, 1), to), 0);
      return isZero ? operandAlone(call, 0, to) : undefined;
    },
  }),
  defineRule({
    name: "mul-one",
    summary: "x * 1 and x / 1 are x",
    before: example("x * 1 - y / 1"),
    after: example("x - y"),
    ops: ["mul", "div"],
    rewrite: (call, to) => (numberOf(operandOf(call, 1), to) === 1 ? operandAlone(call, 0, to) : undefined),
  }),
  defineRule({
    name: "double-negation",
    summary: "-(-x) is x, and so is the double logical not",
    before: example("-(-x) * y"),
    after: example("x * y"),
    ops: ["neg", "logical_not"],
    rewrite: (call, to) => {
      const inner = operandCall(call, 0, [call.op], to);
      return inner === undefined ? undefined : { value: operandOf(inner) };
    },
  }),
  defineRule({
    name: "add-negative",
    summary: "x + (-y) is x - y, and x - (-y) is x + y",
    before: example("x + (-y) - (-exp(y))"),
    after: example("x - y + exp(y)"),
    ops: ["add", "sub"],
    rewrite: (call, to) => {
      const inverse = call.op === "add" ? "sub" : "add";
      const right = operandCall(call, 1, ["neg"], to);
      if (right !== undefined) return callOf(inverse, [operandOf(call), operandOf(right)]);
      const left = call.op === "add" ? operandCall(call, 0, ["neg"], to) : undefined;
      return left === undefined ? undefined : callOf("sub", [operandOf(call, 1), operandOf(left)]);
    },
  }),
  defineRule({
    name: "absolute-of-negative",
    summary: "|-x| is |x|",
    before: example("abs(-x) + y"),
    after: example("abs(x) + y"),
    ops: ["abs"],
    rewrite: (call, to) => {
      const inner = operandCall(call, 0, ["neg"], to);
      return inner === undefined ? undefined : callOf("abs", [operandOf(inner)]);
    },
  }),
  defineRule({
    name: "repeated",
    summary: `${idempotent.join(", ")} change nothing the second time`,
    before: example("relu(relu(x))"),
    after: example("relu(x)"),
    ops: idempotent,
    rewrite: (call, to) => (operandCall(call, 0, [call.op], to) === undefined ? undefined : { value: operandOf(call) }),
  }),
  defineRule({
    name: "same-operands",
    summary: "max(x, x), min(x, x), x and x, x or x, and where(c, x, x) are x",
    before: example("max(x, x) + y"),
    after: example("x + y"),
    ops: ["max", "min", "logical_and", "logical_or", "where"],
    rewrite: (call, to) => {
      const [x, y] = call.operands.slice(-2);
      return x === y ? operandAlone(call, call.operands.length - 1, to) : undefined;
    },
  }),
  defineRule({
    name: "divide-by-power-of-two",
    summary: "a division by a power of two is a product with its reciprocal, which is exact and much cheaper",
    before: example("x / 8"),
    after: example("x * 0.125"),
    ops: ["div"],
    rewrite: (call, to) => {
      const [x, divisor] = [operandOf(call), operandOf(call, 1)];
      const number = numberOf(divisor, to);
      if (number === undefined || !hasExactReciprocal(number, x, to)) return undefined;
      const { shape, dtype } = to.typeOf(divisor);
      const [factor] = to.add({ op: "full", operands: [], attrs: { value: 1 / number, shape, dtype } });
      return callOf("mul", [x, factor as ValueId]);
    },
  }),
  defineRule({
    name: "one-over",
    summary: "1 / x is reciprocal(x)",
    before: example("1 / x"),
    after: example("reciprocal(x)"),
    ops: ["div"],
    rewrite: (call, to) => {
      const [one, x] = [operandOf(call), operandOf(call, 1)];
      const isOne = numberOf(one, to) === 1 && isFloat(to.typeOf(x).dtype);
      return isOne && operandAlone(call, 1, to) !== undefined ? callOf("reciprocal", [x]) : undefined;
    },
  }),
  defineRule({
    name: "square",
    summary:
      "x ^ 2 is x * x: no float of the table has more than half of the bits of f64, so both are exact before rounding",
    before: example("pow(x, 2)"),
    after: example("x * x"),
    ops: ["pow"],
    rewrite: (call, to) => {
      const x = operandOf(call);
      const isSquare = numberOf(operandOf(call, 1), to) === 2 && operandAlone(call, 0, to) !== undefined;
      return isSquare ? callOf("mul", [x, x]) : undefined;
    },
  }),
] as const;
