// What one operand of an execution touches, as far as that does not depend on addresses in HBM.

import type { ResolvedOperand } from "../isa/define.ts";
import type { Footprint } from "./footprint.ts";
import type { AccessMode } from "./granule-state.ts";
import type { OperandUse } from "./program.ts";

/** An operand that touches something. */
export interface Access {
  readonly use: OperandUse;
  readonly operand: ResolvedOperand;
  /** In HBM from address 0 on. */
  readonly footprint: Footprint;
  readonly modes: readonly AccessMode[];
  readonly elementBytes: number;
  /** One past the last byte that there is. */
  readonly limitBytes: number;
}
