// Ops whose two operands may be swapped without changing a bit of the result.

import { factsOf, type OpName, opNames } from "../../ir-spec/ops/index.ts";

export const commutativeOps: ReadonlySet<OpName> = new Set(opNames.filter((op) => factsOf(op).commutes));
