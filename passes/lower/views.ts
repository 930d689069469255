// Values that are views of other values: how each op changes the strides. Typed to be exhaustive over the view ops.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { type Graph, type Node, typeOf } from "../../ir-spec/graph.ts";
import type { OpName } from "../../ir-spec/ops/index.ts";
import { permutationOf } from "../../ir-spec/ops/movement.ts";
import { sliceRanges } from "../../ir-spec/ops/slicing.ts";
import type { ViewOp } from "./movement/emit.ts";
import { broadcastView, permuteView, reshapeView, sliceView, type View } from "./view.ts";

/** The views of a node's results, or undefined when strides cannot say them. */
type ViewRule = (source: View, node: Node, graph: Graph) => readonly View[] | undefined;

const toShape: ViewRule = (source, node, graph) => {
  const view = reshapeView(source, typeOf(graph, node.results[0] as ValueId).shape);
  return view === undefined ? undefined : [view];
};

const viewRules: { readonly [N in ViewOp]: ViewRule } = {
  transpose: (source, node) => {
    return [permuteView(source, permutationOf(node.attrs.perm as readonly number[], source.shape.length))];
  },
  reshape: toShape,
  unsqueeze: toShape,
  squeeze: toShape,
  broadcast_to: (source, node, graph) => [broadcastView(source, typeOf(graph, node.results[0] as ValueId).shape)],
  slice: (source, node) => {
    const ranges = sliceRanges(source.shape, node.attrs as unknown as Parameters<typeof sliceRanges>[1]);
    const starts = ranges.map((range) => range.start);
    const counts = ranges.map((range) => range.count);
    return [
      sliceView(
        source,
        starts,
        counts,
        ranges.map((range) => range.step),
      ),
    ];
  },
  split: (source, node, graph) => {
    const axis = Number(node.attrs.axis);
    let start = 0;
    return node.results.map((result) => {
      const { shape } = typeOf(graph, result);
      const view = sliceView(
        source,
        shape.map((_size, dim) => (dim === axis ? start : 0)),
        shape,
      );
      start += shape[axis] as number;
      return view;
    });
  },
};

export function isViewOp(op: OpName): op is ViewOp {
  return Object.hasOwn(viewRules, op);
}

export function viewsOfNode(source: View, node: Node, graph: Graph): readonly View[] | undefined {
  return viewRules[node.op as ViewOp](source, node, graph);
}
