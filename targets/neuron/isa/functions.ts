// The functions of the scalar engine: those of tile ops, and those with a parameter, which only instructions have.
// A choice's code in an image is its place in the list: the next function of tile ops has to be put at the end, too.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { activationNames } from "../../../ir-spec/tile-ops/alu.ts";
import { optionalColumn, valueField } from "./args.ts";
import { activationFunction } from "./arithmetic.ts";
import { wantColumns, wantThat } from "./constraints.ts";
import type { AnyArgs, ArgsOf, Block, Has, HasValues, OperandName, ValueName } from "./define.ts";
import { wantOneOf } from "./scalars.ts";

/** Source: AWS Neuron SDK documentation, nki.api.shared, "Supported activation functions". */
export const functionNames = [...activationNames, "prelu"] as const;

export type FunctionName = (typeof functionNames)[number];

/** The parameter of `prelu`. */
export const slopeFields = {
  slope: valueField({ kind: "float", optional: true, summary: "prelu's factor of what is below 0" }),
  slopes: optionalColumn("the same for each partition, [p, 1]"),
} as const;

/** A function and its parameter. */
export type FunctionArgs = ArgsOf<typeof slopeFields> & HasValues<"func", FunctionName>;

export const preluText =
  "`prelu` is x where x is not below 0, else `x * slope`, rounded to f32; the slope is a number, or the operand `slopes[p]`.";

/** A slope is given with prelu, and once. */
export function wantSlope(args: FunctionArgs & Has<"dst">): readonly Problem[] {
  const columns = wantColumns(args, ["slopes"]);
  if (args.values.func === "prelu") return [...columns, ...wantOneOf(args, "prelu", "slopes", "slope")];
  const isGiven = args.operands.slopes !== undefined || args.values.slope !== null;
  return [...columns, ...wantThat(!isGiven, "the slope", "given", "none without prelu")];
}

/** Where a column is in place of a number, the number is not given, too. */
export function wantNotBoth<A extends AnyArgs>(
  { operands, values }: A,
  operand: OperandName<A>,
  immediate: ValueName<A, number | null>,
): readonly Problem[] {
  const isTwice = operands[operand] !== undefined && values[immediate] !== null;
  return isTwice ? [problem("E0711", { op: "func", found: "twice", operand, immediate })] : [];
}

/** The function of an execution, of a number of a row. */
export function functionOf(
  blocks: { readonly slopes: Block | undefined },
  { values }: FunctionArgs,
): (x: number, row: number) => number {
  if (values.func !== "prelu") return activationFunction(values.func);
  const slope = values.slope ?? Number.NaN;
  const slopes = blocks.slopes?.data;
  return (x, row) => (x < 0 ? Math.fround(x * Math.fround(slopes?.[row] ?? slope)) : x);
}
