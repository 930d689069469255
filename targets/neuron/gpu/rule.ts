// The form of a row in the rule table, and the texts that several rows share.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { activationNames } from "../../../ir-spec/tile-ops/alu.ts";
import { isSet, numberOf, operandOf, textOf } from "../isa/args.ts";
import { isExactInteger } from "../isa/arithmetic.ts";
import type { ResolvedArgs, ResolvedOperand, UnitName } from "../isa/define.ts";
import { isBitvec, isOperator, operatorRow } from "../isa/operators.ts";
import { activationTexts, binaryTexts, bitTexts, unaryTexts } from "./alu-texts.ts";
import type { ProductForm } from "./matmul.ts";
import type { ElementTexts } from "./texts.ts";

/** One execution, as a rule sees it. */
export interface RuleInput {
  readonly args: ResolvedArgs;
  readonly unit: UnitName;
  /** The instruction's own place among the faults. */
  readonly fault: number;
}

export type Statements = (texts: ElementTexts, input: RuleInput) => string;

export type GpuRule =
  | ElementsRule
  | RowsRule
  | ColumnsRule
  | HoldRule
  /** Uses what is held: the operands are as `form` says, see matmul.ts. */
  | { readonly kind: "product"; readonly form: ProductForm }
  /** Carried out by the walk. */
  | { readonly kind: "control" };

/** Element (p, f) of `dst` by itself: statements that end in a return of its bits. */
export interface ElementsRule {
  readonly kind: "elements";
  readonly element: Statements;
  /** Element (p, f) of dst is that of src. */
  readonly isCopy?: true;
  /** It reads other elements than (p, f), beside columns. */
  readonly readsElsewhere?: true;
  /** It reports a row that a table does not have. */
  readonly canFault?: true;
  /** Another rule, where the instruction folds or reads a fold out. */
  readonly folding?: RowsRule;
}

/**
 * Loads the operand that the systolic array holds, see prepare.ts. Statements that return the bits of element (p, f) of
 * what is held, which has so many rows for each partition of `src`.
 */
export interface HoldRule {
  readonly kind: "hold";
  readonly rowsPerPartition: number;
  readonly element: Statements;
}

/** Statements for partition `p`: what the elements of a row have to do with each other. `by` says whose rows. */
export interface RowsRule {
  readonly kind: "rows";
  readonly by: string;
  readonly row: Statements;
  /** It reads what has another place than what it writes, or of other partitions. */
  readonly readsElsewhere?: true;
}

/** Statements for element (p, f) of src, which goes to some row of `table`, row by row in order. */
export interface ColumnsRule {
  readonly kind: "columns";
  readonly element: Statements;
  readonly canFault?: true;
}

type Binary = (a: string, b: string) => string;

/** The text of an arithmetic operator on f32 texts, or on i32 texts; one with one operand leaves the second one alone. */
export function aluText(name: string | undefined, isInteger = false): Binary {
  const unary = name !== undefined && name in unaryTexts ? unaryTexts[name as keyof typeof unaryTexts] : undefined;
  if (unary !== undefined) return (a) => `(${unary(a)})`;
  const row = binaryTexts[(name !== undefined && name in binaryTexts ? name : "add") as keyof typeof binaryTexts];
  return isInteger ? row.integer : row.float;
}

/** How an instruction computes with an operator: on f32, on i32, or on the bits of its elements. */
export interface Arithmetic {
  readonly read: (operand: string, p?: string, f?: string) => string;
  readonly number: (name: string, x: number) => string;
  readonly step: Binary;
  /** The bits of a result in the dtype of `dst`. */
  readonly encoded: (x: string) => string;
}

export function arithmeticOf(texts: ElementTexts, { args, unit }: RuleInput, op: string | undefined): Arithmetic {
  if (op !== undefined && isOperator(op) && isBitvec(op)) {
    const bits = dtypeBytes(operandOf(args, "dst").dtype) * 8;
    const text = bitTexts[op as keyof typeof bitTexts];
    return {
      read: texts.raw,
      number: (name, x) => `(bitcast<u32>(${texts.integer(name, x)}) & ${2 ** bits - 1}u)`,
      step: (a, b) => text(a, b, bits),
      encoded: (x) => x,
    };
  }
  if (isExactInteger(args, unit)) {
    const encoded = (x: string): string => `bitcast<u32>(${x})`;
    return { read: texts.asInteger, number: texts.integer, step: aluText(op, true), encoded };
  }
  return {
    read: texts.value,
    number: texts.number,
    step: aluText(op),
    encoded: (x) => texts.encoded("dst", x),
  };
}

/** The text of the scalar engine's function of an f32 text that may be in the result several times. */
export function functionText(texts: ElementTexts, { args }: RuleInput, x: string): string {
  const name = textOf(args, "func");
  if (name === "prelu") return `select(${x}, ${x} * ${columnOr(texts, args, "slopes", "slope")}, ${x} < 0.0)`;
  return activationTexts[activationNames.find((known) => known === name) ?? "copy"](x);
}

/** The operand that is one element for each partition, or the number in its place. */
export function columnOr(texts: ElementTexts, args: ResolvedArgs, column: string, number: string): string {
  if (texts.has(column)) return texts.value(column, "p", "0u");
  return texts.number(number, numberOf(args, number) ?? Number.NaN);
}

/** The text of `x op scalar`, of `op x` where it has one operand, or of `x` where there is no operation. */
export function scalarStep(texts: ElementTexts, input: RuleInput, index: 0 | 1, x: string): string {
  const { args } = input;
  const op = textOf(args, `op${index}`);
  if (op === undefined) return x;
  const { read, number, step } = arithmeticOf(texts, input, op);
  if (isOperator(op) && operatorRow(op).operands === 1) return step(x, "");
  const [column, immediate] = [`scalar${index}`, `imm${index}`];
  const scalar = texts.has(column)
    ? read(column, "p", "0u")
    : number(immediate, numberOf(args, immediate) ?? Number.NaN);
  return isSet(args, `reverse${index}`) ? step(scalar, x) : step(x, scalar);
}

/** The sum of the steps along the free dimensions of `dst` at element f, as an i32. */
export function patternText(texts: ElementTexts, { sizes }: ResolvedOperand, steps: readonly number[]): string {
  let span = sizes.reduce((product, size) => product * size, 1);
  const terms = sizes.map((size, dim) => {
    span /= Math.max(1, size);
    const along = `i32(f) / ${texts.integer(`step_span${dim}`, Math.max(1, span))}`;
    const index = `(${along}) % ${texts.integer(`step_size${dim}`, Math.max(1, size))}`;
    return `(${index}) * ${texts.integer(`step${dim}`, steps[dim] ?? 0)}`;
  });
  return terms.length === 0 ? "0" : terms.join(" + ");
}
