// How the new content of a state comes from the old one.

import { type definingNodes, type Graph, type NodeOf, operandsOf, type StateUpdate } from "../../ir-spec/graph.ts";

/**
 * The nodes that make a state's new content of the old one by replacing slices, in order; none where it stays as it is, undefined
 * where it is made otherwise. `makers` is what `definingNodes` says of the graph.
 */
export function slicesInto(
  graph: Graph,
  makers: ReturnType<typeof definingNodes>,
  { param, value }: StateUpdate,
): readonly NodeOf<"update_slice">[] | undefined {
  const nodes: NodeOf<"update_slice">[] = [];
  for (let content = value; content !== param; ) {
    const node = graph.nodes[makers[content] ?? -1];
    if (node?.op !== "update_slice") return undefined;
    nodes.unshift(node);
    content = operandsOf(node).x;
  }
  return nodes;
}
