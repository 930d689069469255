// The form of a row in the table of operations.

import type { OpContext, Value } from "../context.ts";

export interface OpRule {
  /** How many operands it has; of those that take any number, the least. */
  readonly operands: number;
  readonly isVariadic?: true;
  /** Its results in the graph; mistakes are reported in the context. */
  readonly apply: (context: OpContext) => readonly Value[];
}

export type OpRules = Readonly<Record<string, OpRule>>;

/** An operation with one result. */
export function rule(operands: number, apply: (context: OpContext, ...operands: Value[]) => Value): OpRule {
  return { operands, apply: (context) => [apply(context, ...context.operands)] };
}
