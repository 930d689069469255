// Kernels that make each element from one element of each operand: elementwise ops, and movement as copies between views.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import { elementCount, type Shape, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { OpNameOf } from "../../ir-spec/ops/index.ts";
import { broadcastStrides } from "../../ir-spec/ops/loops.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { roundText, wgslTypeOf } from "./dtypes.ts";
import { exprText } from "./exprs.ts";
import { type Action, type Kernel, makeLineKernel, type NodeTypes, result0, type Slot } from "./kernel.ts";
import { coalesceDomain, isContiguous, offsetText, type View, wholeView } from "./views.ts";

/** A copy of the elements that two views of one domain show. */
export interface ViewCopy {
  readonly dtype: Dtype;
  readonly domain: Shape;
  readonly src: Slot;
  readonly from: View;
  readonly dst: Slot;
  readonly to: View;
}

/** The kernel of an elementwise node: `result[i] = round(expression of the operands)`. */
export function elementwiseKernel(node: NodeTypes<OpNameOf<"elementwise">>, limits: GpuLimits): Kernel {
  const result = node.results[0] as TensorType;
  const views = node.operands.map(({ shape }) => ({ base: 0, strides: broadcastStrides(shape, result.shape) }));
  const walk = coalesceDomain({ domain: result.shape, views: [...views, wholeView(result.shape)] });
  const args = ["x", "y", "z"].slice(0, node.operands.length);
  const loads = args.map((arg, index) => {
    const offset = offsetText(walk.views[index] as View, walk.domain, "i");
    return `let ${arg} = operand${index}[${offset}];`;
  });
  const dtype = (node.operands[0] as TensorType).dtype;
  const value = roundText(result.dtype, exprText(node, args, dtype));
  return makeLineKernel(
    {
      name: node.op,
      reads: node.operands.map((type, index) => ({
        name: `operand${index}`,
        type: wgslTypeOf(type.dtype),
        slot: { kind: "operand", index },
      })),
      writes: { name: "result", type: wgslTypeOf(result.dtype), slot: result0 },
      count: elementCount(result.shape),
      body: [...loads, `result[i] = ${value};`].join("\n"),
    },
    limits,
  );
}

/** A copy between views: a block where both are contiguous, else a kernel. */
export function copyAction(name: string, copy: ViewCopy, limits: GpuLimits): Action {
  const { domain, views } = coalesceDomain({ domain: copy.domain, views: [copy.from, copy.to] });
  const [from, to] = views as readonly [View, View];
  const elements = elementCount(domain);
  if (isContiguous(from, domain) && isContiguous(to, domain)) {
    return { kind: "copy", src: copy.src, srcElement: from.base, dst: copy.dst, dstElement: to.base, elements };
  }
  const type = wgslTypeOf(copy.dtype);
  return makeLineKernel(
    {
      name,
      reads: [{ name: "operand", type, slot: copy.src }],
      writes: { name: "result", type, slot: copy.dst },
      count: elements,
      body: `result[${offsetText(to, domain, "i")}] = operand[${offsetText(from, domain, "i")}];`,
    },
    limits,
  );
}
