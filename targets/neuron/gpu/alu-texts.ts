// THE WGSL TEXTS of the operators of the vector engines and the functions of the activation engine. Typed to be
// exhaustive: a new operator does not compile until it has its row.

import type { Activation } from "../../../ir-spec/tile-ops/alu.ts";
import type { OperatorOf } from "../isa/operators.ts";

export interface BinaryTexts {
  /** Of two f32 texts. */
  readonly float: (a: string, b: string) => string;
  /** Of two i32 texts, exactly. */
  readonly integer: (a: string, b: string) => string;
}

const infix = (operator: string): BinaryTexts => {
  const text = (a: string, b: string): string => `(${a} ${operator} ${b})`;
  return { float: text, integer: text };
};

/** 1 or 0: a condition on floats, decided by their bits, and the operator on integers. */
const comparison = (onFloats: (a: string, b: string) => string, operator: string): BinaryTexts => ({
  float: (a, b) => `f32(${onFloats(a, b)})`,
  integer: (a, b) => `i32(${a} ${operator} ${b})`,
});

const logical = (operator: string): BinaryTexts => ({
  float: (a, b) => `f32(is_nonzero(${a}) ${operator} is_nonzero(${b}))`,
  integer: (a, b) => `i32((${a} != 0) ${operator} (${b} != 0))`,
});

export const binaryTexts: { readonly [A in OperatorOf<"arithmetic", 2>]: BinaryTexts } = {
  add: infix("+"),
  subtract: infix("-"),
  multiply: infix("*"),
  max: { float: (a, b) => `max_f32(${a}, ${b})`, integer: (a, b) => `max(${a}, ${b})` },
  min: { float: (a, b) => `min_f32(${a}, ${b})`, integer: (a, b) => `min(${a}, ${b})` },
  divide: { float: (a, b) => `divide_f32(${a}, ${b})`, integer: (a, b) => `divide_i32(${a}, ${b})` },
  power: { float: (a, b) => `pow_f32(${a}, ${b})`, integer: (a, b) => `power_i32(${a}, ${b})` },
  is_equal: comparison((a, b) => `equal_f32(${a}, ${b})`, "=="),
  not_equal: comparison((a, b) => `!equal_f32(${a}, ${b})`, "!="),
  is_ge: comparison((a, b) => `less_or_equal_f32(${b}, ${a})`, ">="),
  is_gt: comparison((a, b) => `less_f32(${b}, ${a})`, ">"),
  is_le: comparison((a, b) => `less_or_equal_f32(${a}, ${b})`, "<="),
  is_lt: comparison((a, b) => `less_f32(${a}, ${b})`, "<"),
  logical_and: logical("&&"),
  logical_or: logical("||"),
  logical_xor: logical("!="),
  abs_max: {
    float: (a, b) => `abs_max_f32(${a}, ${b})`,
    integer: (a, b) => `select(${b}, ${a}, abs(${a}) > abs(${b}))`,
  },
  abs_min: {
    float: (a, b) => `abs_min_f32(${a}, ${b})`,
    integer: (a, b) => `select(${b}, ${a}, abs(${a}) < abs(${b}))`,
  },
};

/** Of two u32 texts that hold `bits` bits; the result, too, has zeros above them. */
export type BitText = (a: string, b: string, bits: number) => string;
export const bitTexts: { readonly [A in OperatorOf<"bitvec", 1 | 2>]: BitText } = {
  bitwise_and: (a, b) => `(${a} & ${b})`,
  bitwise_or: (a, b) => `(${a} | ${b})`,
  bitwise_xor: (a, b) => `(${a} ^ ${b})`,
  logical_shift_left: (a, b, bits) => `shift_left(${a}, ${b}, ${bits}u)`,
  logical_shift_right: (a, b, bits) => `shift_right(${a}, ${b}, ${bits}u)`,
  bitwise_not: (a, _b, bits) => `(~${a} & ${2 ** bits - 1}u)`,
};

/** Of an f32 text that may be in the result several times. */
export const activationTexts: { readonly [A in Activation]: (x: string) => string } = {
  copy: (x) => x,
  square: (x) => `${x} * ${x}`,
  abs: (x) => `abs(${x})`,
  relu: (x) => `max_f32(${x}, 0.0)`,
  exp: (x) => `exp_f32(${x})`,
  log: (x) => `log_f32(${x})`,
  sqrt: (x) => `sqrt_f32(${x})`,
  rsqrt: (x) => `rsqrt_f32(${x})`,
  reciprocal: (x) => `quotient_f32(1.0, ${x})`,
  tanh: (x) => `tanh_f32(${x})`,
  sigmoid: (x) => `sigmoid_f32(${x})`,
  erf: (x) => `erf_f32(${x})`,
  gelu: (x) => `gelu_f32(${x})`,
  gelu_tanh: (x) => `gelu_tanh_f32(${x})`,
  silu: (x) => `gated(${x}, ${x})`,
  sin: (x) => `sin_f32(${x})`,
  sign: (x) => `sign_f32(${x})`,
  gelu_sigmoid: (x) => `gated(${x}, 1.702 * ${x})`,
  gelu_dx: (x) => `gelu_dx_f32(${x})`,
  silu_dx: (x) => `sigmoid_f32(${x}) * (1.0 + ${x} * sigmoid_f32(-${x}))`,
  erf_dx: (x) => `1.12837917 * exp_f32(-${x} * ${x})`,
  softplus: (x) => `softplus_f32(${x})`,
  mish: (x) => `mish_f32(${x})`,
  arctan: (x) => `arctan_f32(${x})`,
};

/** Of an f32 text that may be in the result several times. */
export const unaryTexts: { readonly [A in OperatorOf<"arithmetic", 1>]: (x: string) => string } = {
  abs: activationTexts.abs,
  square: activationTexts.square,
  relu: activationTexts.relu,
  rsqrt: activationTexts.rsqrt,
  reciprocal: activationTexts.reciprocal,
};

/** Functions that the texts here call, beside those of the shared library. */
export const aluFunctions = `
fn gelu_dx_f32(x: f32) -> f32 {
  var below = 0.5 * (1.0 + erf_f32(x * 0.707106781));
  if (x <= -1.0) { below = normal_tail(abs(x)); }
  return below + x * 0.398942280 * exp_f32(-0.5 * x * x);
}
// tanh(ln(1 + e)) = (e^2 + 2 e) / (e^2 + 2 e + 2).
fn mish_f32(x: f32) -> f32 {
  if (x > 20.0) { return x; }
  let e = exp_f32(x);
  let n = e * (e + 2.0);
  return x * (n / (n + 2.0));
}
fn magnitude(x: f32) -> u32 { return bitcast<u32>(x) & 0x7fffffffu; }
// b where one is NaN, since no comparison holds then.
fn abs_max_f32(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b)) { return b; }
  return select(b, a, magnitude(a) > magnitude(b));
}
fn abs_min_f32(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b)) { return b; }
  return select(b, a, magnitude(a) < magnitude(b));
}
fn shift_left(a: u32, b: u32, bits: u32) -> u32 {
  if (b >= bits) { return 0u; }
  return (a << b) & (0xffffffffu >> (32u - bits));
}
fn shift_right(a: u32, b: u32, bits: u32) -> u32 {
  if (b >= bits) { return 0u; }
  return a >> b;
}
// The fraction is cut off; 0 where b is 0.
fn divide_f32(a: f32, b: f32) -> f32 {
  if (!is_nonzero(b)) { return 0.0; }
  return trunc(quotient_f32(a, b));
}
// Modulo 2^32; a fraction is cut off, and 0 to a negative power gives 0.
fn power_i32(a: i32, b: i32) -> i32 {
  if (b < 0) {
    if (a == 1) { return 1; }
    if (a == -1) { return select(1, -1, (b & 1) == 1); }
    return 0;
  }
  var result = 1;
  var square = a;
  for (var rest = b; rest > 0; rest = rest >> 1u) {
    if ((rest & 1) == 1) { result = result * square; }
    square = square * square;
  }
  return result;
}
`;
