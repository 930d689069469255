// How the new content of a state comes from the old one.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import type { definingNodes, Graph, Node, StateUpdate } from "../../ir-spec/graph.ts";

/**
 * The nodes that make a state's new content of the old one by replacing slices, in order; none where it stays as it is, undefined
 * where it is made otherwise. `makers` is what `definingNodes` says of the graph.
 */
export function slicesInto(
  graph: Graph,
  makers: ReturnType<typeof definingNodes>,
  { param, value }: StateUpdate,
): readonly Node[] | undefined {
  const nodes: Node[] = [];
  for (let content = value; content !== param; ) {
    const node = graph.nodes[makers[content] ?? -1];
    if (node?.op !== "update_slice") return undefined;
    nodes.unshift(node);
    content = node.operands[0] as ValueId;
  }
  return nodes;
}
