// How a product that only other kernels read shall lie in HBM. The array wants the contracted dimension on the partitions: an
// operand whose memory runs along it is transposed tile by tile on its way in. So a product whose columns the next product
// contracts is better stored with its columns contiguous, which costs nothing where the array makes it transposed.
//
//     h = matmul(x, w); y = matmul(h, v)      h: [m, n] at m + n * M, so that h's tiles load as [n, m]

import { bufferId, type ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { graphOutputs, type Node, typeOf } from "../../../ir-spec/graph.ts";
import type { KernelRegion, LowerContext } from "../region.ts";
import { type StoreOrder, storedView } from "../stored.ts";
import { broadcastView, type View } from "../view.ts";
import { isView, viewsOfNode } from "../views.ts";
import { planEpilogue } from "./plan.ts";

/** Results of the graph lie as their type says; all other products may lie either way. */
export function isFreelyStored({ graph }: LowerContext, region: KernelRegion): boolean {
  return !graphOutputs(graph).some(({ value }) => region.outputs.includes(value));
}

/** The order that spares the kernels after a product the most transposes; rows among equals. */
export function chooseStoreOrder(context: LowerContext, region: KernelRegion): StoreOrder {
  const [output] = region.outputs;
  if (output === undefined || !isFreelyStored(context, region) || !canStoreByColumns(context, region)) return "rows";
  const transposed = {
    rows: transposedElements(context, output, "rows"),
    columns: transposedElements(context, output, "columns"),
  };
  return transposed.columns < transposed.rows ? "columns" : "rows";
}

/** Whether the epilogue's operands can be read tile by tile with the rows of the product along the partitions' own direction. */
function canStoreByColumns({ graph, viewOf }: LowerContext, region: KernelRegion): boolean {
  const { reads, product } = planEpilogue(region);
  const { shape } = typeOf(graph, product);
  return reads.every((value) => {
    const { strides } = broadcastView(viewOf(value), shape);
    const [m, n] = strides.slice(-2) as [number, number];
    return n === 0 || m === 0 || m === 1;
  });
}

/** Elements that kernels which read the value transpose; infinitely many where one cannot read it in runs at all. */
function transposedElements({ graph, readers }: LowerContext, output: ValueId, order: StoreOrder): number {
  const visit = (value: ValueId, view: View): number => {
    let sum = 0;
    for (const index of readers[value] ?? []) {
      const node = graph.nodes[index] as Node;
      if (isView(node)) {
        const views = viewsOfNode(view, node, graph);
        if (views === undefined) return Number.POSITIVE_INFINITY;
        for (const [at, result] of node.results.entries()) sum += visit(result, views[at] as View);
      } else sum += transposedBy(node, value, view);
    }
    return sum;
  };
  return visit(output, storedView(bufferId(0), typeOf(graph, output).shape, order));
}

/** What one kernel that reads a view transposes: the view where it contracts along runs; other kernels want runs in rows. */
function transposedBy(node: Node, value: ValueId, view: View): number {
  const unread = Number.POSITIVE_INFINITY;
  const last = view.strides.at(-1) ?? 1;
  if (node.op !== "matmul") return last <= 1 ? 0 : unread;
  const sides = node.operands.flatMap((operand, side) => (operand === value ? [side] : []));
  return sides.reduce((sum, side) => {
    const isTransposed = side === 0 ? node.attrs.transpose_lhs : node.attrs.transpose_rhs;
    const contractsLast = (side === 0) !== isTransposed;
    const other = view.strides.at(-2) ?? 1;
    const [k, free] = contractsLast ? [last, other] : [other, last];
    if (free <= 1) return sum;
    return sum + (k === 1 ? elementCount(view.shape) : unread);
  }, 0);
}
