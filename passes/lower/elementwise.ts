// How each elementwise op of the op table becomes tile statements. The table is typed to be exhaustive: a new
// elementwise op does not compile until it has its row here.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { Node, UseOf } from "../../ir-spec/graph.ts";
import type { AttrsOf, OpName, OpNameOf } from "../../ir-spec/ops/index.ts";
import type { Access } from "../../ir-spec/tile.ts";
import type { Activation, AluOp, BitOp, FoldOp } from "../../ir-spec/tile-ops/alu.ts";
import { emitArcTangent } from "./arc-tangent.ts";
import { emitDivision } from "./division.ts";
import { type Comparison, emitIntegerComparison } from "./integers.ts";
import { emitFloor, emitIntegerToBf16, emitIntegerToByte, emitRound } from "./rounding.ts";
import { emitSine } from "./sine.ts";
import {
  type Destination,
  emitActivation,
  emitAlu,
  emitBits,
  emitSelect,
  emitUnary,
  type TileScope,
  type TileValue,
} from "./tile-values.ts";

type ElementwiseName = OpNameOf<"elementwise">;

export interface ElementwiseCall<N extends ElementwiseName = ElementwiseName> {
  readonly scope: TileScope;
  readonly operands: readonly TileValue[];
  readonly attrs: AttrsOf<N>;
  /** The operands' dtype in the graph. */
  readonly operandDtype: Dtype;
  readonly to: Destination;
  /** To be added to the operand, one element for each row; only for ops that take one. */
  readonly bias?: Access;
  /** A factor on the operand before the bias; 1 unless given. */
  readonly scale?: number;
  /** Where the sum of each row of the result goes; only for ops that can make it. */
  readonly sum?: Access;
}

type ElementwiseRule<N extends ElementwiseName = ElementwiseName> = (call: ElementwiseCall<N>) => TileValue;

const number = (value: number): TileValue => ({ kind: "number", value });
const first = (call: ElementwiseCall): TileValue => call.operands[0] ?? number(Number.NaN);
const second = (call: ElementwiseCall): TileValue => call.operands[1] ?? number(Number.NaN);
const third = (call: ElementwiseCall): TileValue => call.operands[2] ?? number(Number.NaN);

/** A buffer between two steps of one op: f32 for floats, so that the op rounds once, at its end. */
const between = (call: ElementwiseCall, name: string): Destination => ({
  name,
  dtype: call.operandDtype === "i32" ? "i32" : "f32",
});

const alu =
  (op: AluOp): ElementwiseRule =>
  (call) =>
    emitAlu(call.scope, op, first(call), second(call), call.to);

const activation =
  (func: Activation): ElementwiseRule =>
  (call) =>
    emitActivation(call.scope, func, first(call), call.to, {
      ...(call.bias === undefined ? {} : { bias: call.bias }),
      ...(call.scale === undefined ? {} : { scale: call.scale }),
      ...(call.sum === undefined ? {} : { sum: call.sum }),
    });

const bits =
  (op: BitOp): ElementwiseRule =>
  (call) =>
    emitBits(call.scope, op, first(call), second(call), call.to);

/** The scalar engine works in f32, so integers go another way. */
const floatOrInteger =
  (float: ElementwiseRule, integer: ElementwiseRule): ElementwiseRule =>
  (call) =>
    call.operandDtype === "i32" ? integer(call) : float(call);

const comparison = (op: Comparison): ElementwiseRule =>
  floatOrInteger(alu(op), (call) =>
    emitIntegerComparison(call.scope, op, { x: first(call), y: second(call) }, call.to),
  );

const withNumber =
  (op: AluOp, value: number): ElementwiseRule =>
  (call) =>
    emitAlu(call.scope, op, first(call), number(value), call.to);

const divide: ElementwiseRule = (call) => {
  const [x, y] = [first(call), second(call)];
  const { scope, operandDtype: dtype, to } = call;
  return dtype === "i32" ? emitAlu(scope, "divide", x, y, to) : emitDivision({ scope, x, y, dtype, to });
};

const sine =
  (isCosine: boolean): ElementwiseRule =>
  (call) =>
    emitSine(call.scope, first(call), { dtype: call.operandDtype, isCosine }, call.to);

/**
 * A copy converts, by way of f32. i32 is rounded there: f32 keeps what a bool asks for, and f16 and the floats of 8 bits are infinite
 * long before.
 */
const cast: ElementwiseRule<"cast"> = (call) => {
  const { scope, operandDtype, attrs, to } = call;
  const x = first(call);
  const isInteger = operandDtype === "i32" && x.kind !== "number";
  if (isInteger && attrs.to === "bf16") return emitIntegerToBf16(scope, x, to);
  if (isInteger && (attrs.to === "i8" || attrs.to === "u8")) return emitIntegerToByte(scope, x, to);
  return emitUnary(scope, "tensor_copy", x, to);
};

/** What on floats is one function of the scalar engine, which adds a number for each row on the way. */
const functionRules = {
  abs: floatOrInteger(activation("abs"), (call) => {
    const negated = emitAlu(call.scope, "multiply", first(call), number(-1), between(call, "negated"));
    return emitAlu(call.scope, "max", first(call), negated, call.to);
  }),
  exp: activation("exp"),
  log: activation("log"),
  sqrt: activation("sqrt"),
  rsqrt: activation("rsqrt"),
  tanh: activation("tanh"),
  sigmoid: activation("sigmoid"),
  erf: activation("erf"),
  relu: floatOrInteger(activation("relu"), withNumber("max", 0)),
  gelu: (call: ElementwiseCall<"gelu">) => activation(call.attrs.approximate === "tanh" ? "gelu_tanh" : "gelu")(call),
  silu: activation("silu"),
  softplus: activation("softplus"),
  sign: floatOrInteger(activation("sign"), (call) => {
    const limited = emitAlu(call.scope, "max", first(call), number(-1), between(call, "limited"));
    return emitAlu(call.scope, "min", limited, number(1), call.to);
  }),
} as const;

/** Whether an op on floats is one function of the scalar engine, which adds a number for each row on the way. */
export function takesBias(op: OpName): boolean {
  return Object.hasOwn(functionRules, op);
}

/**
 * How the scalar engine could add up each row of a node's result, on floats: it is one of its functions anyway, or a square, which is
 * as cheap elsewhere.
 */
export function sumForm({ op, operands }: Node): "function" | "square" | undefined {
  if (Object.hasOwn(functionRules, op)) return "function";
  return op === "mul" && operands[0] === operands[1] ? "square" : undefined;
}

/** Emits the statements of one op. */
export function emitElementwise<N extends ElementwiseName>(
  use: UseOf<N>,
  call: Omit<ElementwiseCall, "attrs">,
): TileValue {
  return elementwiseRules[use.op]({ ...call, attrs: use.attrs });
}

const elementwiseRules: { readonly [N in ElementwiseName]: ElementwiseRule<N> } = {
  ...functionRules,
  neg: withNumber("multiply", -1),
  reciprocal: (call) => emitUnary(call.scope, "reciprocal", first(call), call.to),
  sin: sine(false),
  cos: sine(true),
  floor: (call) => emitFloor(call.scope, first(call), call.to),
  ceil: (call) => {
    const negated = emitAlu(call.scope, "multiply", first(call), number(-1), between(call, "negated"));
    const floor = emitFloor(call.scope, negated, between(call, "floor"));
    return emitAlu(call.scope, "multiply", floor, number(-1), call.to);
  },
  round: (call) => emitRound(call.scope, first(call), call.to),
  atan: (call) => emitArcTangent(call.scope, first(call), call.to),
  is_nan: (call) => emitAlu(call.scope, "not_equal", first(call), first(call), call.to),
  is_inf: (call) => {
    const size = emitActivation(call.scope, "abs", first(call), between(call, "size"));
    return emitAlu(call.scope, "is_equal", size, number(Number.POSITIVE_INFINITY), call.to);
  },
  logical_not: withNumber("is_equal", 0),
  cast,
  add: alu("add"),
  sub: alu("subtract"),
  // A square whose rows are added up runs on the scalar engine, which adds them up by itself.
  mul: (call) => (call.sum === undefined ? alu("multiply")(call) : activation("square")(call)),
  div: divide,
  pow: alu("power"),
  max: alu("max"),
  min: alu("min"),
  equal: comparison("is_equal"),
  not_equal: comparison("not_equal"),
  less: comparison("is_lt"),
  less_or_equal: comparison("is_le"),
  greater: comparison("is_gt"),
  greater_or_equal: comparison("is_ge"),
  logical_and: alu("logical_and"),
  logical_or: alu("logical_or"),
  logical_xor: alu("logical_xor"),
  bitwise_and: bits("bitwise_and"),
  bitwise_or: bits("bitwise_or"),
  bitwise_xor: bits("bitwise_xor"),
  shift_left: bits("logical_shift_left"),
  shift_right_logical: bits("logical_shift_right"),
  bitwise_not: (call) => {
    const all = number(call.operandDtype === "u8" ? 255 : -1);
    return emitBits(call.scope, "bitwise_xor", first(call), all, call.to);
  },
  where: (call) => emitSelect(call.scope, [first(call), second(call), third(call)], call.to),
};

export const reduceOps: { readonly [N in OpNameOf<"reduce">]: FoldOp } = {
  reduce_sum: "add",
  reduce_mean: "add",
  reduce_max: "max",
  reduce_min: "min",
  reduce_prod: "multiply",
};
