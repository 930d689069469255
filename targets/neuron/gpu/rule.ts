// The form of a row in the rule table, and the texts that several rows share.

import { activationNames, aluNames } from "../../../ir-spec/tile-ops/alu.ts";
import { isSet, numberOf, textOf } from "../isa/args.ts";
import { isExactInteger } from "../isa/arithmetic.ts";
import type { ResolvedArgs, ResolvedOperand, UnitName } from "../isa/define.ts";
import { activationTexts, aluTexts } from "./alu-texts.ts";
import type { ElementTexts } from "./texts.ts";

/** One execution, as a rule sees it. */
export interface RuleInput {
  readonly args: ResolvedArgs;
  readonly unit: UnitName;
  /** The instruction's own place among the faults. */
  readonly fault: number;
}

export type Statements = (texts: ElementTexts, input: RuleInput) => string;

export type Rule =
  | ElementsRule
  | RowsRule
  | ColumnsRule
  /** Loads the operand that the systolic array holds, see prepare.ts. */
  | { readonly kind: "hold" }
  /** Uses it. With two halves both operands are two side by side, one to be contracted behind the other. */
  | { readonly kind: "product"; readonly halves: 1 | 2 }
  /** Carried out by the walk. */
  | { readonly kind: "control" }
  | { readonly kind: "unsupported" };

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
  /** Another rule, where the instruction has this operand. */
  readonly having?: { readonly operand: string; readonly rule: RowsRule };
}

/** Statements for partition `p`: what the elements of a row have to do with each other. `by` says whose rows. */
export interface RowsRule {
  readonly kind: "rows";
  readonly by: string;
  readonly row: Statements;
}

/** Statements for element (p, f) of src, which goes to some row of `table`, row by row in order. */
export interface ColumnsRule {
  readonly kind: "columns";
  readonly element: Statements;
  readonly canFault: true;
}

export function aluText(name: string | undefined, isWhole = false): (a: string, b: string) => string {
  const row = aluTexts[aluNames.find((known) => known === name) ?? "add"];
  return isWhole ? row.whole : row.float;
}

export function activationText(name: string | undefined, x: string): string {
  return activationTexts[activationNames.find((known) => known === name) ?? "copy"](x);
}

/** The operand that is one element for each partition, or the number in its place. */
export function columnOr(texts: ElementTexts, args: ResolvedArgs, column: string, number: string): string {
  if (texts.has(column)) return texts.value(column, "p", "0u");
  return texts.number(number, numberOf(args, number) ?? Number.NaN);
}

/** The text of `x op scalar`, or of `x` where there is no operation. */
export function scalarStep(texts: ElementTexts, { args, unit }: RuleInput, index: 0 | 1, x: string): string {
  const isWhole = isExactInteger(args, unit);
  const op = textOf(args, `op${index}`);
  if (op === undefined) return x;
  const [column, number] = [`scalar${index}`, `imm${index}`];
  const wholeScalar = (): string =>
    texts.has(column) ? texts.whole(column, "p", "0u") : texts.wholeNumber(number, numberOf(args, number) ?? 0);
  const scalar = isWhole ? wholeScalar() : columnOr(texts, args, column, number);
  const apply = aluText(op, isWhole);
  return isSet(args, `reverse${index}`) ? apply(scalar, x) : apply(x, scalar);
}

/** The sum of the steps along the free dimensions of `dst` at element f, as an i32. */
export function patternText(texts: ElementTexts, { sizes }: ResolvedOperand, steps: readonly number[]): string {
  let span = sizes.reduce((product, size) => product * size, 1);
  const terms = sizes.map((size, dim) => {
    span /= Math.max(1, size);
    const along = `i32(f) / ${texts.wholeNumber(`step_span${dim}`, Math.max(1, span))}`;
    const index = `(${along}) % ${texts.wholeNumber(`step_size${dim}`, Math.max(1, size))}`;
    return `(${index}) * ${texts.wholeNumber(`step${dim}`, steps[dim] ?? 0)}`;
  });
  return terms.length === 0 ? "0" : terms.join(" + ");
}
