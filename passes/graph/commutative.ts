// Ops whose two operands may be swapped without changing a bit of the result.

import type { OpName } from "../../ir-spec/ops/index.ts";

export const commutativeOps: ReadonlySet<OpName> = new Set<OpName>([
  "add",
  "mul",
  "max",
  "min",
  "equal",
  "not_equal",
  "logical_and",
  "logical_or",
]);
