// The form of a canonicalization rule, and what rules ask about the values around them.

import { roundTo } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { TensorType } from "../../../ir-spec/base/tensor.ts";
import { completeAttrs } from "../../../ir-spec/graph-builder.ts";
import { inferOp, type OpName } from "../../../ir-spec/ops/index.ts";
import type { Call, Rewriter } from "../../rewrite.ts";

/** What takes the place of a call: a value that is there already, or another call. */
export type Replacement = { readonly value: ValueId } | { readonly call: Call };

/**
 * One peephole rule. It is exact: the results stay the same bit for bit, NaN, infinities and the sign of zero included.
 * It never makes a program slower, and it cannot be undone by another rule.
 */
export interface RewriteRule {
  readonly name: string;
  readonly summary: string;
  /** A small program before and after; the tests run them. */
  readonly before: string;
  readonly after: string;
  /** The ops at whose calls the rule looks. */
  readonly ops: readonly OpName[];
  /** What the call becomes; undefined where the rule does not apply. */
  readonly rewrite: (call: Call, to: Rewriter) => Replacement | undefined;
}

export function defineRule(rule: RewriteRule): RewriteRule {
  return rule;
}

/** Shorthand for replacements by a call. */
export function callOf(op: OpName, operands: readonly ValueId[], attrs: Call["attrs"] = {}): Replacement {
  return { call: { op, operands, attrs } };
}

export function operandOf(call: Call, index = 0): ValueId {
  return call.operands[index] as ValueId;
}

/** The call that makes an operand, if it is of one of the ops. */
export function operandCall(call: Call, index: number, ops: readonly OpName[], to: Rewriter): Call | undefined {
  const definition = to.definingCall(operandOf(call, index));
  return definition !== undefined && ops.includes(definition.op) ? definition : undefined;
}

/** The number that every element of a value is, as rounded to its dtype; undefined when it is not made by `full`. */
export function numberOf(value: ValueId, to: Rewriter): number | undefined {
  const definition = to.definingCall(value);
  return definition?.op === "full" ? roundTo(to.typeOf(value).dtype, definition.attrs.value as number) : undefined;
}

/** The type of a call's first result, or undefined when the call does not infer. */
export function resultType(call: Call, to: Rewriter): TensorType | undefined {
  const types = call.operands.map(to.typeOf);
  const inferred = inferOp(call.op, types, completeAttrs(call.op, types, call.attrs));
  return inferred.ok ? inferred.value[0] : undefined;
}
