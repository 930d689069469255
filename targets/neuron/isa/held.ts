// What the systolic array holds between its load and its use, by the names under which the use has it.

import { operandOf } from "./args.ts";
import type { ResolvedArgs, ResolvedOperand } from "./define.ts";

export interface HeldOperands extends Readonly<Record<string, ResolvedOperand>> {
  readonly stationary: ResolvedOperand;
}

/** The held operands after a load. */
export function heldBy(args: ResolvedArgs): HeldOperands {
  return { stationary: operandOf(args, "src") };
}
