// The form of one call of an op, and how far a GPU may be off: `ulps` units in the last place of the result, plus `noise`, an absolute
// error.

import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { Shape, TensorType } from "../../../ir-spec/base/tensor.ts";
import type { OpName } from "../../../ir-spec/ops/index.ts";

export interface OpCase {
  readonly op: OpName;
  readonly operands: readonly TensorType[];
  readonly attrs: Readonly<Record<string, AttrValue>>;
  readonly ulps: number;
  readonly noise: number;
  /** Values of the operands where random ones will not do. */
  readonly values?: readonly (readonly number[] | undefined)[];
}

export const type = (dtype: Dtype, shape: Shape): TensorType => ({ dtype, shape });

export function opCase(op: OpName, operands: readonly TensorType[], rest: Partial<OpCase> = {}): OpCase {
  return { op, operands, attrs: {}, ulps: 0, noise: 0, ...rest };
}
