// THE MACHINE'S OPERATORS: those of tile ops, and those that only instructions have. Bitwise ones work on the bits of whole
// numbers, so they need to know a dtype, which the operations of tile ops do not: that is why they are here.
// A choice's code in an image is its place in the list (encode/codes.ts), so rows are only added at the end, and the next
// operation of tile ops has to be put there, too.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { MachineKey } from "../../../ir-spec/machine.ts";
import { type Activation, type AluOp, activations, aluNames, aluOps } from "../../../ir-spec/tile-ops/alu.ts";
import type { UnitName } from "./define.ts";

export interface OperatorRow {
  readonly summary: string;
  /** Arithmetic operators compute in f32; bitvec ones take elements as patterns of bits, whatever they stand for. */
  readonly class: "arithmetic" | "bitvec";
  readonly operands: 1 | 2;
  /** Where it runs, of the engines that an instruction runs on. */
  readonly units: readonly UnitName[];
  /** The machine field that must not be 0. */
  readonly needs?: MachineKey;
  /**
   * Arithmetic: in f64, to be rounded. Bitvec: of integers from 0 to 2^bits - 1, `bits` being those of an element;
   * of the result the lower `bits` count. An operator with one operand leaves `b` alone.
   */
  readonly apply: (a: number, b: number, bits: number) => number;
}

function defineOperators<const T extends Readonly<Record<string, OperatorRow>>>(rows: T): T {
  return rows;
}

/** The scalar engine's own choice among them is a rule of tensor_scalar. */
const vectorEngines = ["act", "dve", "pool"] as const;

type TileOperator = OperatorRow & { readonly class: "arithmetic"; readonly operands: 2 };

/** Source: AWS Neuron SDK documentation, nki.isa.tensor_tensor: power runs on the GpSimd engine. */
const tileOperatorUnits = (name: AluOp): readonly UnitName[] => (name === "power" ? ["pool"] : vectorEngines);

const ofTileOps = Object.fromEntries(
  aluNames.map((name): [AluOp, TileOperator] => {
    const { summary, apply } = aluOps[name];
    return [name, { summary, class: "arithmetic", operands: 2, units: tileOperatorUnits(name), apply }];
  }),
) as { readonly [A in AluOp]: TileOperator };

/** A function that the scalar engine has, too, here computed to the precision of f32. */
function unary<const U extends readonly UnitName[]>(name: Activation, units: U) {
  const { summary, apply } = activations[name];
  return { summary, class: "arithmetic", operands: 1, units, apply: (a: number) => apply(a) } as const;
}

function bitwise<const N extends 1 | 2>(operands: N, summary: string, apply: OperatorRow["apply"]) {
  return { summary, class: "bitvec", operands, units: ["dve"], apply } as const;
}

/** Source: AWS Neuron SDK documentation, nki.api.shared, "Supported Math Operators"; units: nki.isa.tensor_scalar. */
export const operators = defineOperators({
  ...ofTileOps,
  abs_max: {
    summary: "a where |a| > |b|, else b",
    class: "arithmetic",
    operands: 2,
    units: ["dve"],
    needs: "dveMagnitude",
    apply: (a, b) => (Math.abs(a) > Math.abs(b) ? a : b),
  },
  abs_min: {
    summary: "a where |a| < |b|, else b",
    class: "arithmetic",
    operands: 2,
    units: ["dve"],
    needs: "dveMagnitude",
    apply: (a, b) => (Math.abs(a) < Math.abs(b) ? a : b),
  },
  bitwise_and: bitwise(2, "the bits that both have", (a, b) => a & b),
  bitwise_or: bitwise(2, "the bits that one has", (a, b) => a | b),
  bitwise_xor: bitwise(2, "the bits that exactly one has", (a, b) => a ^ b),
  logical_shift_left: bitwise(2, "a's bits b places up, followed by zeros", (a, b, bits) => (b < bits ? a << b : 0)),
  logical_shift_right: bitwise(2, "a's bits b places down, zeros in front", (a, b, bits) => (b < bits ? a >>> b : 0)),
  abs: unary("abs", ["dve"]),
  square: unary("square", ["dve"]),
  relu: unary("relu", ["dve"]),
  rsqrt: unary("rsqrt", vectorEngines),
  reciprocal: unary("reciprocal", ["dve"]),
  bitwise_not: bitwise(1, "the bits that a has not", (a) => ~a),
});

export type Operator = keyof typeof operators;
export const operatorNames = Object.keys(operators) as readonly Operator[];

/** The operators of a class with so many operands. */
export type OperatorOf<C extends OperatorRow["class"], N extends 1 | 2> = {
  [A in Operator]: (typeof operators)[A] extends { readonly class: C; readonly operands: N } ? A : never;
}[Operator];

export function operatorRow(name: Operator): OperatorRow {
  return operators[name];
}

export const isOperator = (name: string): name is Operator => Object.hasOwn(operators, name);

export const isBitvec = (name: Operator | null): boolean => name !== null && operatorRow(name).class === "bitvec";

const namesWhere = (holds: (row: OperatorRow) => boolean): readonly Operator[] =>
  operatorNames.filter((name) => holds(operatorRow(name)));

const isArithmetic = (row: OperatorRow): boolean => row.class === "arithmetic";
const isBinary = (row: OperatorRow): boolean => row.operands === 2;

export const binaryNames = namesWhere(isBinary);
export const arithmeticNames = namesWhere(isArithmetic);
export const binaryArithmeticNames = namesWhere((row) => isArithmetic(row) && isBinary(row));

/** What folds a row. Source: AWS Neuron SDK documentation, nki.api.shared, "Legal Reduction op". */
export const foldNames = [
  ...["add", "max", "min", "multiply", "subtract", "logical_and", "logical_or", "logical_xor"],
  ...["bitwise_and", "bitwise_or", "bitwise_xor", "abs_max", "abs_min"],
] as const satisfies readonly Operator[];

/** Integers, whose bits operators of the class bitvec work on. */
export const wholeDtypes = ["i32", "i8", "u8"] as const satisfies readonly Dtype[];
