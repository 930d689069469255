// The functions of the scalar engine: those of tile ops, and those with a parameter, which only instructions have.
// A choice's code in an image is its place in the list: the next function of tile ops has to be put at the end, too.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { activationNames } from "../../../ir-spec/tile-ops/alu.ts";
import { numberOf, optionalColumn, textOf, valueField } from "./args.ts";
import { activationFunction } from "./arithmetic.ts";
import { wantColumns, wantThat } from "./constraints.ts";
import type { Block, ResolvedArgs } from "./define.ts";
import { wantOneOf } from "./scalars.ts";

/** Source: AWS Neuron SDK documentation, nki.api.shared, "Supported activation functions". */
export const functionNames = [...activationNames, "prelu"] as const;

/** The parameter of `prelu`. */
export const slopeFields = {
  slope: valueField({ kind: "float", optional: true, summary: "prelu's factor of what is below 0" }),
  slopes: optionalColumn("the same for each partition, [p, 1]"),
} as const;

export const preluText =
  "`prelu` is x where x is not below 0, else `x * slope`, rounded to f32; the slope is a number, or the operand `slopes[p]`.";

/** A slope is given with prelu, and once. */
export function wantSlope(args: ResolvedArgs): readonly Problem[] {
  const columns = wantColumns(args, ["slopes"]);
  if (textOf(args, "func") === "prelu") return [...columns, ...wantOneOf(args, "prelu", "slopes", "slope")];
  const isGiven = args.operands.slopes !== undefined || numberOf(args, "slope") !== undefined;
  return [...columns, ...wantThat(!isGiven, "the slope", "given", "none without prelu")];
}

/** Where a column is in place of a number, the number is not given, too. */
export function wantNotBoth(args: ResolvedArgs, operand: string, immediate: string): readonly Problem[] {
  const isTwice = args.operands[operand] !== undefined && numberOf(args, immediate) !== undefined;
  return isTwice ? [problem("E0711", { op: "func", found: "twice", operand, immediate })] : [];
}

/** The function of an execution, of a number of a row. */
export function functionOf(
  blocks: Readonly<Record<string, Block>>,
  args: ResolvedArgs,
): (x: number, row: number) => number {
  if (textOf(args, "func") !== "prelu") return activationFunction(textOf(args, "func"));
  const slope = numberOf(args, "slope") ?? Number.NaN;
  const slopes = blocks.slopes?.data;
  return (x, row) => (x < 0 ? Math.fround(x * Math.fround(slopes?.[row] ?? slope)) : x);
}
