// THE EXPRESSION TABLE: each elementwise op as a WGSL expression of its operands, which are named variables of the WGSL
// types of their dtypes. The result has the WGSL type of the op's result and is rounded by the caller.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { UseOf } from "../../ir-spec/graph.ts";
import type { AttrsOf, OpNameOf } from "../../ir-spec/ops/index.ts";
import { wgslTypeOf } from "./dtypes.ts";
import type { WgslType } from "./plan.ts";

type ElementwiseName = OpNameOf<"elementwise">;

/** The expression of operands named `args`, the first of which is of `dtype`. */
type Expr<A> = (args: readonly string[], dtype: Dtype, attrs: A) => string;

const call =
  (name: string) =>
  (args: readonly string[]): string =>
    `${name}(${args.join(", ")})`;

const infix =
  (operator: string) =>
  ([x, y]: readonly string[]): string =>
    `${x} ${operator} ${y}`;

/** A condition on floats, decided by their bits, and the operator on integers. Bools are held as 0 and 1. */
const comparison =
  (onFloats: (x: string, y: string) => string, operator: string): Expr<unknown> =>
  ([x = "", y = ""], dtype) =>
    wgslTypeOf(dtype) === "f32" ? `u32(${onFloats(x, y)})` : `u32(${x} ${operator} ${y})`;

/** Another expression for i32 than for floats. */
const byType =
  (onFloats: Expr<unknown>, onInts: Expr<unknown>): Expr<unknown> =>
  (args, dtype, attrs) =>
    (dtype === "i32" ? onInts : onFloats)(args, dtype, attrs);

/** Bits of precision of a float dtype, the hidden one included. */
const precisions: { readonly [D in Dtype]: number } = {
  f32: 24,
  bf16: 8,
  f16: 11,
  f8e4m3: 4,
  f8e5m2: 3,
  i32: 32,
  i8: 8,
  u8: 8,
  bool: 1,
};

/** Conversions from one WGSL type to another; `to` tells the float dtypes apart. */
const conversions: { readonly [F in WgslType]: { readonly [T in WgslType]: (x: string, to: Dtype) => string } } = {
  f32: { f32: (x) => x, i32: (x) => `i32_of_f32(${x})`, u32: (x) => `u32(is_nonzero(${x}))` },
  i32: { f32: (x, to) => `f32_of_i32(${x}, ${precisions[to]}u)`, i32: (x) => x, u32: (x) => `u32(${x} != 0)` },
  u32: { f32: (x) => `f32(${x})`, i32: (x) => `i32(${x})`, u32: (x) => x },
};

export const exprs: { readonly [N in ElementwiseName]: Expr<AttrsOf<N>> } = {
  neg: ([x]) => `-${x}`,
  abs: call("abs"),
  exp: call("exp_f32"),
  log: call("log_f32"),
  sqrt: call("sqrt_f32"),
  rsqrt: call("rsqrt_f32"),
  reciprocal: ([x]) => `quotient_f32(1.0, ${x})`,
  tanh: call("tanh_f32"),
  sigmoid: call("sigmoid_f32"),
  erf: call("erf_f32"),
  relu: byType(
    ([x]) => `max_f32(${x}, 0.0)`,
    ([x]) => `max(${x}, 0)`,
  ),
  gelu: ([x], _dtype, { approximate }) => (approximate === "tanh" ? `gelu_tanh_f32(${x})` : `gelu_f32(${x})`),
  silu: ([x]) => `gated(${x}, ${x})`,
  sin: call("sin_f32"),
  cos: call("cos_f32"),
  floor: call("floor_f32"),
  ceil: ([x]) => `-floor_f32(-${x})`,
  round: call("round_f32"),
  sign: byType(call("sign_f32"), call("sign")),
  atan: call("arctan_f32"),
  softplus: call("softplus_f32"),
  is_nan: ([x]) => `u32(is_nan(${x}))`,
  is_inf: ([x]) => `u32(is_infinite(${x}))`,
  logical_not: ([x]) => `1u - ${x}`,
  cast: ([x], from, { to }) => conversions[wgslTypeOf(from)][wgslTypeOf(to)](x as string, to),
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: byType(call("quotient_f32"), call("divide_i32")),
  pow: call("pow_f32"),
  max: byType(call("max_f32"), call("max")),
  min: byType(call("min_f32"), call("min")),
  equal: comparison((x, y) => `equal_f32(${x}, ${y})`, "=="),
  not_equal: comparison((x, y) => `!equal_f32(${x}, ${y})`, "!="),
  less: comparison((x, y) => `less_f32(${x}, ${y})`, "<"),
  less_or_equal: comparison((x, y) => `less_or_equal_f32(${x}, ${y})`, "<="),
  greater: comparison((x, y) => `less_f32(${y}, ${x})`, ">"),
  greater_or_equal: comparison((x, y) => `less_or_equal_f32(${y}, ${x})`, ">="),
  logical_and: infix("&"),
  logical_or: infix("|"),
  logical_xor: infix("^"),
  bitwise_and: infix("&"),
  bitwise_or: infix("|"),
  bitwise_xor: infix("^"),
  shift_left: ([x, y]) => `select(0, ${x} << (u32(${y}) & 31u), u32(${y}) < 32u)`,
  shift_right_logical: ([x, y]) => `select(0, i32(u32(${x}) >> (u32(${y}) & 31u)), u32(${y}) < 32u)`,
  bitwise_not: ([x]) => `~${x}`,
  where: ([condition, x, y]) => `select(${y}, ${x}, ${condition} != 0u)`,
};

/** The expression of an op whose attributes are complete. */
export function exprText<N extends ElementwiseName>(use: UseOf<N>, args: readonly string[], dtype: Dtype): string {
  return exprs[use.op](args, dtype, use.attrs);
}
