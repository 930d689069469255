// Values that are views of other values: how each op changes the strides. Typed to be exhaustive over the view ops.

import { type Graph, type Node, type NodeOf, typeOf } from "../../ir-spec/graph.ts";
import { permutationOf } from "../../ir-spec/ops/movement.ts";
import { sliceRanges } from "../../ir-spec/ops/slicing.ts";
import type { ViewOp } from "./movement/emit.ts";

export type { ViewOp };

import { broadcastView, permuteView, reshapeView, sliceView, type View } from "./view.ts";

/** The views of a node's results, or undefined when strides cannot say them. */
type ViewRule<N extends ViewOp> = (source: View, node: NodeOf<N>, graph: Graph) => readonly View[] | undefined;

const toShape: ViewRule<ViewOp> = (source, node, graph) => {
  const view = reshapeView(source, typeOf(graph, node.results[0]).shape);
  return view === undefined ? undefined : [view];
};

const viewRules: { readonly [N in ViewOp]: ViewRule<N> } = {
  transpose: (source, node) => [permuteView(source, permutationOf(node.attrs.perm, source.shape.length))],
  reshape: toShape,
  unsqueeze: toShape,
  squeeze: toShape,
  broadcast_to: (source, node, graph) => [broadcastView(source, typeOf(graph, node.results[0]).shape)],
  slice: (source, node) => {
    const ranges = sliceRanges(source.shape, node.attrs);
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
    const { axis } = node.attrs;
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

export function isView(node: Node): node is NodeOf<ViewOp> {
  return Object.hasOwn(viewRules, node.op);
}

export function viewsOfNode<N extends ViewOp>(
  source: View,
  node: NodeOf<N>,
  graph: Graph,
): readonly View[] | undefined {
  return viewRules[node.op](source, node, graph);
}
