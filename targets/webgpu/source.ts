// THE SOURCE TABLE: what the ops without operands leave in their buffers. The host fills these, so no shader has to write a
// constant that WGSL cannot express, such as infinity.

import { roundTo } from "../../ir-spec/base/dtype.ts";
import { elementCount, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { UseOf } from "../../ir-spec/graph.ts";
import type { AttrsOf, OpNameOf } from "../../ir-spec/ops/index.ts";
import type { BufferContent } from "./plan.ts";

type SourceName = OpNameOf<"source">;
type SourceRule<A> = (attrs: A, type: TensorType) => BufferContent;

export const sources: { readonly [N in SourceName]: SourceRule<AttrsOf<N>> } = {
  full: ({ value }, { dtype }) => ({ kind: "fill", value: roundTo(dtype, value) }),
  constant: ({ values }, { dtype }) => ({ kind: "values", values: values.map((value) => roundTo(dtype, value)) }),
  iota: ({ axis }, { dtype, shape }) => {
    const inner = elementCount(shape.slice(axis + 1));
    const axisSize = shape[axis] as number;
    const values = Array.from({ length: elementCount(shape) }, (_, index) => Math.floor(index / inner) % axisSize);
    return { kind: "values", values: values.map((value) => roundTo(dtype, value)) };
  },
};

/** The content of a source node's buffer; its attributes are complete. */
export function sourceContent<N extends SourceName>(use: UseOf<N>, type: TensorType): BufferContent {
  return sources[use.op](use.attrs, type);
}
