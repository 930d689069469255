// A graph as nodes and edges for drawing.

import { positionOf } from "../../ir-spec/base/span.ts";
import { printType } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, typeOf } from "../../ir-spec/graph.ts";
import type { GraphData, GraphNode } from "./page-data.ts";

/** More nodes are no picture that anybody reads, and their layout takes seconds. Assumed. */
const maxDrawnNodes = 300;

/** A graph as it is drawn on a page. */
export function graphData(title: string, graph: Graph): GraphData {
  const { nodes: all, edges } = wholeGraph(graph);
  const nodes = all.slice(0, maxDrawnNodes);
  const kept = edges.filter((ends) => ends.every((end) => end < nodes.length));
  return { title, nodes, edges: kept, leftOut: all.length - nodes.length };
}

/** All nodes, parameters and results among them; a node's id is its place in the list. */
export function wholeGraph(graph: Graph): Pick<GraphData, "nodes" | "edges"> {
  const inputs = graph.params.map(({ name, kind, value }) => ({
    value,
    label: kind === "input" ? name : `${kind} ${name}`,
    type: printType(typeOf(graph, value)),
  }));
  const made = new Map<number, number>();
  const nodes: GraphNode[] = [];
  for (const { value, label, type } of inputs) {
    made.set(value, nodes.length);
    nodes.push({ id: nodes.length, label, type, kind: "input" });
  }
  const edges: (readonly [number, number])[] = [];
  const connect = (values: readonly number[], to: number): void => {
    for (const value of new Set(values)) {
      const from = made.get(value);
      if (from !== undefined) edges.push([from, to]);
    }
  };
  for (const node of graph.nodes) {
    const id = nodes.length;
    nodes.push(opNode(graph, node, id));
    connect(node.operands, id);
    for (const result of node.results) made.set(result, id);
  }
  for (const { name, value } of graphOutputs(graph)) {
    connect([value], nodes.length);
    nodes.push({ id: nodes.length, label: name, type: printType(typeOf(graph, value)), kind: "output" });
  }
  return { nodes, edges };
}

function opNode(graph: Graph, { op, results, kernel, span }: Node, id: number): GraphNode {
  const kernelName = kernel === undefined ? undefined : graph.kernels[kernel]?.name;
  return {
    ...{ id, label: op, kind: "op", type: printType(typeOf(graph, results[0])) },
    ...(kernelName === undefined ? {} : { kernel: kernelName }),
    ...(span === undefined ? {} : { line: positionOf(span.source, span.start).line }),
  };
}
