// What an instruction's operators ask of it: the engine, the machine, the dtypes, and that they go together.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { isExactInteger } from "./arithmetic.ts";
import { wantThat } from "./constraints.ts";
import type { AnyArgs, FieldValue, UnitName, ValueName } from "./define.ts";
import { isOperator, type Operator, type OperatorRow, operatorRow, wholeDtypes } from "./operators.ts";

/** One execution of an instruction, by name. */
export interface OperatorUse<A extends AnyArgs = AnyArgs> {
  readonly inst: string;
  readonly args: A;
  readonly unit: UnitName;
  readonly machine: Machine;
}

/** Problems with the operators that the fields name; absent ones ask for nothing. */
export function wantOperators<A extends AnyArgs>(
  use: OperatorUse<A>,
  fields: readonly ValueName<A, Operator | null>[],
): readonly Problem[] {
  const given = fields.flatMap((field) => {
    const name: FieldValue | undefined = use.args.values[field];
    return typeof name === "string" && isOperator(name) ? [{ field, name, row: operatorRow(name) }] : [];
  });
  const problems = given.flatMap(({ name, row }) => wantPlace(use, name, row));
  const [first, second] = given;
  if (first === undefined) return problems;
  const isMixed = second !== undefined && second.row.class !== first.row.class;
  if (isMixed) {
    const found = `${second.name}, which is ${second.row.class}`;
    const wanted = `an operator of one class with ${first.field}, ${first.name}, which is ${first.row.class}`;
    return [...problems, ...wantThat(false, second.field, found, wanted)];
  }
  return [...problems, ...(first.row.class === "bitvec" ? wantIntegers(use.args, first.name) : [])];
}

/** The engine and the machine must have the operator. */
function wantPlace({ inst, args, unit, machine }: OperatorUse, name: string, row: OperatorRow): readonly Problem[] {
  if (!row.units.includes(unit)) {
    return [problem("E0709", { inst: `${inst} with ${name}`, found: unit, expected: row.units.join(" or ") })];
  }
  if (row.needs !== undefined && machine[row.needs] === 0) {
    return [problem("E0714", { inst: `${inst} with ${name}`, machine: machine.name, field: row.needs })];
  }
  const isInexact = row.operands === 1 && isExactInteger(args, unit);
  return isInexact ? [problem("E0707", { operand: "dst", found: "i32", expected: `a float, for ${name}` })] : [];
}

/** A bitvec operator converts nothing, so all operands have the same whole dtype. */
export function wantIntegers({ operands }: AnyArgs, name: Operator): readonly Problem[] {
  const dst = operands.dst?.dtype;
  const isWhole = wholeDtypes.some((dtype) => dtype === dst);
  return Object.entries(operands).flatMap(([operand, given]) => {
    if (given === undefined || (isWhole && given.dtype === dst)) return [];
    const wanted = isWhole ? `${dst}, as dst, for ${name}` : `${wholeDtypes.join(" or ")}, for ${name}`;
    return isWhole || operand === "dst" ? [problem("E0707", { operand, found: given.dtype, expected: wanted })] : [];
  });
}
