// The scalar operations of the vector engines (two operands) and the functions of the activation engine (one operand).
// Names are those of the Neuron kernel interface. Reference meaning in f64.

import { erf, erfc, power, softplus } from "../base/special-functions.ts";

export interface AluRow {
  readonly summary: string;
  readonly apply: (a: number, b: number) => number;
  /** The result is 0 or 1. */
  readonly isComparison?: true;
}

function defineAlu<const T extends Readonly<Record<string, AluRow>>>(rows: T): T {
  return rows;
}

/** Source: AWS Neuron SDK documentation, nki.api.shared, "Supported math operators". */
export const aluOps = defineAlu({
  add: { summary: "a + b", apply: (a, b) => a + b },
  subtract: { summary: "a - b", apply: (a, b) => a - b },
  multiply: { summary: "a * b", apply: (a, b) => a * b },
  max: { summary: "the larger; NaN if one is NaN", apply: (a, b) => Math.max(a, b) },
  min: { summary: "the smaller; NaN if one is NaN", apply: (a, b) => Math.min(a, b) },
  divide: {
    summary: "whole-number quotient, the fraction cut off; 0 where b is 0 (i32 only)",
    apply: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  },
  power: { summary: "a to the power b, as in IEEE 754", apply: power },
  is_equal: { summary: "a = b", apply: (a, b) => (a === b ? 1 : 0), isComparison: true },
  not_equal: { summary: "a /= b", apply: (a, b) => (a !== b ? 1 : 0), isComparison: true },
  is_ge: { summary: "a >= b", apply: (a, b) => (a >= b ? 1 : 0), isComparison: true },
  is_gt: { summary: "a > b", apply: (a, b) => (a > b ? 1 : 0), isComparison: true },
  is_le: { summary: "a <= b", apply: (a, b) => (a <= b ? 1 : 0), isComparison: true },
  is_lt: { summary: "a < b", apply: (a, b) => (a < b ? 1 : 0), isComparison: true },
  logical_and: { summary: "both non-zero", apply: (a, b) => (a !== 0 && b !== 0 ? 1 : 0), isComparison: true },
  logical_or: { summary: "one non-zero", apply: (a, b) => (a !== 0 || b !== 0 ? 1 : 0), isComparison: true },
  logical_xor: {
    summary: "exactly one non-zero",
    apply: (a, b) => ((a !== 0) !== (b !== 0) ? 1 : 0),
    isComparison: true,
  },
});

export type AluOp = keyof typeof aluOps;
export const aluNames = Object.keys(aluOps) as readonly AluOp[];

const isCount = (b: number): boolean => b >= 0 && b < 32;

/**
 * On the bits of integers: of tensor_tensor alone, with all operands of one dtype, i32 or u8, or i8 where nothing is shifted.
 * Source: as above; they run on the vector engine.
 */
export const bitOps = defineAlu({
  bitwise_and: { summary: "the bits that both have", apply: (a, b) => a & b },
  bitwise_or: { summary: "the bits that one has", apply: (a, b) => a | b },
  bitwise_xor: { summary: "the bits that exactly one has", apply: (a, b) => a ^ b },
  logical_shift_left: { summary: "a's bits b places up", apply: (a, b) => (isCount(b) ? a << b : 0) },
  logical_shift_right: { summary: "a's bits b places down", apply: (a, b) => (isCount(b) ? a >>> b : 0) },
});

export type BitOp = keyof typeof bitOps;
export const bitNames = Object.keys(bitOps) as readonly BitOp[];

/** Those that fold a row of elements. */
export const foldNames = ["add", "max", "min", "multiply"] as const satisfies readonly AluOp[];
export type FoldOp = (typeof foldNames)[number];

export interface ActivationRow {
  readonly summary: string;
  readonly apply: (x: number) => number;
  /** Of -x it is what it is of x. */
  readonly isEven?: true;
  /** Evaluated in f32 it errs as much as its neighbours there differ. */
  readonly isInexact?: true;
}

function defineActivations<const T extends Readonly<Record<string, ActivationRow>>>(rows: T): T {
  return rows;
}

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

const SQRT_PI = Math.sqrt(Math.PI);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Source: AWS Neuron SDK documentation, nki.api.shared, "Supported activation functions". */
export const activations = defineActivations({
  copy: { summary: "x", apply: (x) => x },
  square: { summary: "x * x", apply: (x) => x * x, isEven: true },
  abs: { summary: "|x|", apply: Math.abs, isEven: true },
  relu: { summary: "max(x, 0)", apply: (x) => Math.max(x, 0) },
  exp: { summary: "e^x", apply: Math.exp, isInexact: true },
  log: { summary: "natural logarithm", apply: Math.log, isInexact: true },
  sqrt: { summary: "square root", apply: Math.sqrt, isInexact: true },
  rsqrt: { summary: "1 / square root", apply: (x) => 1 / Math.sqrt(x), isInexact: true },
  reciprocal: { summary: "1 / x", apply: (x) => 1 / x },
  tanh: { summary: "hyperbolic tangent", apply: Math.tanh, isInexact: true },
  sigmoid: { summary: "1 / (1 + e^-x)", apply: sigmoid, isInexact: true },
  erf: { summary: "error function", apply: erf, isInexact: true },
  gelu: { summary: "x * (1 + erf(x / sqrt 2)) / 2", apply: (x) => (x * erfc(-x / Math.SQRT2)) / 2, isInexact: true },
  gelu_tanh: {
    summary: "x * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))) / 2",
    apply: (x) => (x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)))) / 2,
    isInexact: true,
  },
  silu: { summary: "x * sigmoid(x)", apply: (x) => x * sigmoid(x), isInexact: true },
  sin: { summary: "sine, |x| <= pi", apply: Math.sin },
  sign: { summary: "-1, 0 or 1", apply: Math.sign },
  gelu_sigmoid: { summary: "x * sigmoid(1.702 x)", apply: (x) => x * sigmoid(1.702 * x) },
  gelu_dx: {
    summary: "the derivative of gelu: (1 + erf(x / sqrt 2)) / 2 + x e^(-x^2 / 2) / sqrt(2 pi)",
    apply: (x) => erfc(-x / Math.SQRT2) / 2 + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
  },
  silu_dx: {
    summary: "the derivative of silu: sigmoid(x) * (1 + x * sigmoid(-x))",
    apply: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
  },
  erf_dx: { summary: "the derivative of erf: 2 e^(-x^2) / sqrt(pi)", apply: (x) => (2 * Math.exp(-x * x)) / SQRT_PI },
  softplus: { summary: "ln(1 + e^x)", apply: softplus },
  mish: { summary: "x * tanh(ln(1 + e^x))", apply: (x) => x * Math.tanh(softplus(x)) },
  arctan: { summary: "arc tangent, |x| <= pi / 2", apply: Math.atan },
});

export type Activation = keyof typeof activations;

/** The row of a function. */
export function activationDef(name: Activation): ActivationRow {
  return activations[name];
}

export const activationNames = Object.keys(activations) as readonly Activation[];
