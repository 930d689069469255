// Arithmetic on what is known when compiling: dimensions, loop indices, attribute values; and whether a number is a value
// of a dtype.

import { printNumber } from "../../ir-spec/base/attr.ts";
import { type Dtype, dtypes, isFloat, roundTo } from "../../ir-spec/base/dtype.ts";
import { fail, ok, type Problem, problem, type Result } from "../../ir-spec/base/result.ts";
import { maxDimension } from "../../ir-spec/base/tensor.ts";
import type { InfixOperator } from "./ast.ts";
import { type Meaning, type NumberMeaning, numberMeaning } from "./meaning.ts";

/** Applies an operator to two numbers; integers divide exactly or not at all. */
export function foldNumbers(
  operator: InfixOperator,
  left: NumberMeaning,
  right: NumberMeaning,
): Result<Meaning, Problem> {
  const a = left.value;
  const b = right.value;
  const isInteger = left.isInteger && right.isInteger;
  switch (operator) {
    case "+":
      return ok(numberMeaning(a + b, isInteger));
    case "-":
      return ok(numberMeaning(a - b, isInteger));
    case "*":
      return ok(numberMeaning(a * b, isInteger));
    case "/":
      return divide(left, right);
    default:
      return ok({ kind: "flag", value: compare(operator, a, b) });
  }
}

function divide(left: NumberMeaning, right: NumberMeaning): Result<Meaning, Problem> {
  const isInteger = left.isInteger && right.isInteger;
  if (isInteger && right.value === 0) {
    return fail(problem("E0220", { found: 0, what: "a divisor", expected: "another number" }));
  }
  const rest = left.value % right.value;
  if (!isInteger || rest === 0) return ok(numberMeaning(left.value / right.value, isInteger));
  return fail(problem("E0219", { left: left.value, right: right.value, rest }));
}

function compare(operator: "<" | "<=" | ">" | ">=" | "==" | "!=", a: number, b: number): boolean {
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    default:
      return operator satisfies never;
  }
}

/** Why a number written in the program is no value of a dtype; undefined when it is one, or rounds to one. */
export function dtypeMisfit(value: number, dtype: Dtype): Problem | undefined {
  const row = dtypes[dtype];
  const isFine = isFloat(dtype)
    ? !Number.isFinite(value) || Number.isFinite(roundTo(dtype, value))
    : row.kind === "int" && Number.isInteger(value) && value >= row.minFinite && value <= row.maxFinite;
  return isFine ? undefined : problem("E0223", { found: printNumber(value), dtype });
}

/** Checks a number as a size of a dimension. */
export function dimensionMisfit(found: NumberMeaning, what: string): Problem | undefined {
  const { value } = found;
  if (Number.isInteger(value) && value >= 1 && value <= maxDimension) return undefined;
  const wanted = Number.isInteger(value) && value > 1 ? `at most ${maxDimension}` : "an integer of at least 1";
  const text = printNumber(value);
  // A number that is written as such says nothing of itself.
  return problem("E0220", { found: text, what: what === `\`${text}\`` ? "a dimension" : what, expected: wanted });
}
