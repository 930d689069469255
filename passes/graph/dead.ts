// Which nodes of a graph nothing needs; for `dce`, and for passes that leave such nodes after.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import type { Graph, Node } from "../../ir-spec/graph.ts";
import { renumber } from "../rewrite.ts";

/** The nodes from which no result of the graph and no new content of a state is made. */
export function deadNodes(graph: Graph): ReadonlySet<Node> {
  const needed = new Set<ValueId>([...graph.results, ...graph.updates].map((output) => output.value));
  const dead = new Set<Node>();
  for (const node of graph.nodes.toReversed()) {
    if (node.results.some((result) => needed.has(result))) for (const operand of node.operands) needed.add(operand);
    else dead.add(node);
  }
  return dead;
}

/** The graph without its dead nodes; the same object when it has none. */
export function removeDead(graph: Graph): Graph {
  const dead = deadNodes(graph);
  return dead.size === 0 ? graph : renumber({ ...graph, nodes: graph.nodes.filter((node) => !dead.has(node)) });
}
