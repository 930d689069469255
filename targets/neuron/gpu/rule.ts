// The form of a row in the rule table, and the texts that several rows share.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { BlockName, ResolvedArgsOf } from "../inst-args.ts";
import { isExactInteger } from "../isa/arithmetic.ts";
import type { AnyOperands, Has, HasValues, ResolvedArgs, ResolvedOperand, UnitName } from "../isa/define.ts";
import type { FunctionArgs } from "../isa/functions.ts";
import type { InstName } from "../isa/index.ts";
import { type Operator, operatorRow } from "../isa/operators.ts";
import { type ScalarArgs, scalars } from "../isa/scalars.ts";
import { activationTexts, type BinaryTexts, type BitText, binaryTexts, bitTexts, unaryTexts } from "./alu-texts.ts";
import type { ProductForm } from "./matmul.ts";
import type { ElementTexts } from "./texts.ts";

/** One execution, as a rule sees it that reads the arguments A. */
export interface RuleInput<A> {
  readonly args: A;
  readonly unit: UnitName;
  /** The instruction's own place among the faults. */
  readonly fault: number;
}

/** Statements over the operands N of an execution. */
export type Statements<N extends string, A> = (texts: ElementTexts<N>, input: RuleInput<A>) => string;

/** A rule of instructions with operands N, what their engine keeps included, and arguments A. */
export type GpuRule<N extends string, A> =
  | ElementsRule<N, A>
  | RowsRule<N, A>
  | ColumnsRule<N, A>
  | HoldRule<N, A>
  | ProductRule<A>
  /** Carried out by the walk. */
  | { readonly kind: "control" };

/** A rule of which nothing is known. */
export type AnyRule = GpuRule<string, ResolvedArgs>;

/** The rule of an instruction of a name. What the array holds is `dst` where a rule loads it. */
export type RuleOf<I extends InstName> = GpuRule<BlockName<I> | "dst", ResolvedArgsOf<I>>;

/** Rules of some instructions. */
export type InstRules = { readonly [I in InstName]?: RuleOf<I> };

/** Element (p, f) of `dst` by itself: statements that end in a return of its bits. */
export interface ElementsRule<N extends string, A> {
  readonly kind: "elements";
  readonly element: Statements<N, A>;
  /** Element (p, f) of dst is that of src. */
  readonly isCopy?: true;
  /** It reads other elements than (p, f), beside columns. */
  readonly readsElsewhere?: true;
  /** It reports a row that a table does not have. */
  readonly canFault?: true;
  /** Another rule, where the instruction folds or reads a fold out. */
  readonly folding?: RowsRule<N, A>;
}

/**
 * Loads the operand that the systolic array holds, see prepare.ts. Statements that return the bits of element (p, f) of
 * what is held, which has so many rows for each partition of `src`.
 */
export interface HoldRule<N extends string, A> {
  readonly kind: "hold";
  readonly rowsPerPartition: number;
  readonly element: Statements<N, A>;
}

/** Uses what is held: the operands are as `form` says, see matmul.ts. */
export interface ProductRule<A> {
  readonly kind: "product";
  readonly form: ProductForm;
  /** Rows or columns of the array for each of several products. */
  readonly tile?: { readonly side: "rows" | "columns"; readonly size: (args: A) => number };
  /** The operand that has zeros and ones alone. */
  readonly onezero?: (args: A) => "moving" | "stationary";
  /** Where the scales of the moving operand begin in each quadrant. */
  readonly scaleRow?: (args: A) => number;
}

/** Statements for partition `p`: what the elements of a row have to do with each other. `by` says whose rows. */
export interface RowsRule<N extends string, A> {
  readonly kind: "rows";
  readonly by: N;
  readonly row: Statements<N, A>;
  /** It reads what has another place than what it writes, or of other partitions. */
  readonly readsElsewhere?: true;
}

/** Statements for element (p, f) of src, which goes to some row of `table`, row by row in order. */
export interface ColumnsRule<N extends string, A> {
  readonly kind: "columns";
  readonly element: Statements<N, A>;
  readonly canFault?: true;
}

type Binary = (a: string, b: string) => string;
type Texts<T> = Partial<Readonly<Record<Operator, T>>>;

/** The text of an arithmetic operator on f32 texts, or on i32 texts; one with one operand leaves the second one alone. */
export function aluText(name: Operator, isInteger = false): Binary {
  const { [name]: unary }: Texts<(x: string) => string> = unaryTexts;
  if (unary !== undefined) return (a) => `(${unary(a)})`;
  const { [name]: binary }: Texts<BinaryTexts> = binaryTexts;
  invariant(binary !== undefined, `${name} is arithmetic`);
  return isInteger ? binary.integer : binary.float;
}

/** How an instruction computes with an operator: on f32, on i32, or on the bits of its elements. */
export interface Arithmetic<N extends string> {
  readonly read: (operand: N, p?: string, f?: string) => string;
  readonly number: (name: string, x: number) => string;
  readonly step: Binary;
  /** The bits of a result in the dtype of `dst`. */
  readonly encoded: (x: string) => string;
}

export function arithmeticOf<N extends string>(
  texts: ElementTexts<N | "dst">,
  { args, unit }: RuleInput<AnyOperands & Has<"dst">>,
  op: Operator,
): Arithmetic<N> {
  const { [op]: bitText }: Texts<BitText> = bitTexts;
  if (bitText !== undefined) {
    const bits = dtypeBytes(args.operands.dst.dtype) * 8;
    return {
      read: texts.raw,
      number: (name, x) => `(bitcast<u32>(${texts.integer(name, x)}) & ${2 ** bits - 1}u)`,
      step: (a, b) => bitText(a, b, bits),
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
export function functionText(texts: ElementTexts<"slopes">, { args }: RuleInput<FunctionArgs>, x: string): string {
  const { func } = args.values;
  if (func === "prelu") return `select(${x}, ${x} * ${columnOr(texts, args, "slopes", "slope")}, ${x} < 0.0)`;
  return activationTexts[func](x);
}

/** The operand that is one element for each partition, or the number in its place. */
export function columnOr<const N extends string, const K extends string>(
  texts: ElementTexts<N>,
  { values }: HasValues<K, number | null>,
  column: N,
  number: K,
): string {
  return texts.has(column) ? texts.value(column, "p", "0u") : texts.number(number, values[number] ?? Number.NaN);
}

/** The text of `x op scalar`, of `op x` where it has one operand, or of `x` where there is no operation. */
export function scalarStep<I extends 0 | 1>(
  texts: ElementTexts<`scalar${I}` | "dst">,
  input: RuleInput<ScalarArgs[I] & AnyOperands & Has<"dst">>,
  index: I,
  x: string,
): string {
  const { name: op, immediate, isReversed } = scalars[index](input.args);
  if (op === null) return x;
  const { read, number, step } = arithmeticOf(texts, input, op);
  if (operatorRow(op).operands === 1) return step(x, "");
  const column = `scalar${index}` as const;
  const scalar = texts.has(column) ? read(column, "p", "0u") : number(`imm${index}`, immediate ?? Number.NaN);
  return isReversed ? step(scalar, x) : step(x, scalar);
}

/** The sum of the steps along the free dimensions of `dst` at element f, as an i32. */
export function patternText(
  texts: Pick<ElementTexts, "integer">,
  { sizes }: ResolvedOperand,
  steps: readonly number[],
): string {
  let span = sizes.reduce((product, size) => product * size, 1);
  const terms = sizes.map((size, dim) => {
    span /= Math.max(1, size);
    const along = `i32(f) / ${texts.integer(`step_span${dim}`, Math.max(1, span))}`;
    const index = `(${along}) % ${texts.integer(`step_size${dim}`, Math.max(1, size))}`;
    return `(${index}) * ${texts.integer(`step${dim}`, steps[dim] ?? 0)}`;
  });
  return terms.length === 0 ? "0" : terms.join(" + ");
}
