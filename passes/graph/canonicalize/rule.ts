// The form of a canonicalization rule, and what rules ask about the values around them.

import { roundTo } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { TensorType } from "../../../ir-spec/base/tensor.ts";
import { type Call, type CallOf, type GivenCall, isOneOf } from "../../../ir-spec/graph.ts";
import { nodeAttrs } from "../../../ir-spec/graph-builder.ts";
import { type GivenAttrs, inferOp, type OpName } from "../../../ir-spec/ops/index.ts";
import type { Rewriter } from "../../rewrite.ts";

/** What takes the place of a call: a value that is there already, or another call. */
export type Replacement = { readonly value: ValueId } | { readonly call: GivenCall };

/**
 * One peephole rule. It is exact: the results stay the same bit for bit, NaN, infinities and the sign of zero included.
 * It never makes a program slower, and it cannot be undone by another rule.
 */
export interface RewriteRule<N extends OpName = OpName> {
  readonly name: string;
  readonly summary: string;
  /** A small program before and after; the tests run them. */
  readonly before: string;
  readonly after: string;
  /** The ops at whose calls the rule looks. */
  readonly ops: readonly N[];
  /** What the call becomes; undefined where the rule does not apply. */
  readonly rewrite: (call: CallOf<N>, to: Rewriter) => Replacement | undefined;
}

/** The rule as one for any call, of which it looks at those of its ops. */
export function defineRule<const N extends OpName>(rule: RewriteRule<N>): RewriteRule {
  return {
    ...rule,
    rewrite: (call, to) => (isOneOf(call, rule.ops) ? rule.rewrite(call, to) : undefined),
  };
}

/** Shorthand for replacements by a call. */
export function callOf<N extends OpName>(op: N, operands: readonly ValueId[], attrs: GivenAttrs<N> = {}): Replacement {
  return { call: { op, operands, attrs } as unknown as GivenCall };
}

export function operandOf(call: Call, index = 0): ValueId {
  return call.operands[index] as ValueId;
}

/** The call that makes an operand, if it is of one of the ops. */
export function operandCall<N extends OpName>(
  call: Call,
  index: number,
  ops: readonly N[],
  to: Rewriter,
): CallOf<N> | undefined {
  const definition = to.definingCall(operandOf(call, index));
  return definition !== undefined && isOneOf(definition, ops) ? definition : undefined;
}

/** The number that every element of a value is, as rounded to its dtype; undefined when it is not made by `full`. */
export function numberOf(value: ValueId, to: Rewriter): number | undefined {
  const definition = to.definingCall(value);
  return definition?.op === "full" ? roundTo(to.typeOf(value).dtype, definition.attrs.value) : undefined;
}

/** The type of a call's first result, or undefined when the call does not infer. */
export function resultType(call: GivenCall, to: Rewriter): TensorType | undefined {
  const types = call.operands.map(to.typeOf);
  const inferred = inferOp(call.op, types, nodeAttrs(call.op, types, call.attrs));
  return inferred.ok ? inferred.value[0] : undefined;
}
