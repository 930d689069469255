// Graphs in the DOT language of Graphviz, for `tgc print --dot` and `tgc opt --dot`: an op is a box, a kernel is a cluster of them.
// Source: The DOT Language, https://graphviz.org/doc/info/lang.html

import { showName } from "../../ir-spec/base/shown-text.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { wholeGraph } from "../page/graph-data.ts";
import type { GraphNode } from "../page/page-data.ts";

/** A digraph for each graph; the text ends with a line break. */
export function printDot(graphs: readonly Graph[]): string {
  return graphs.map(digraph).join("\n");
}

function digraph(graph: Graph): string {
  const { nodes, edges } = wholeGraph(graph);
  const kernels = [...new Set(nodes.flatMap(({ kernel }) => kernel ?? []))];
  const alone = nodes.filter(({ kernel }) => kernel === undefined);
  const lines = [
    "  rankdir=TB;",
    '  node [shape=box, style=rounded, fontname="Helvetica"];',
    ...alone.map((node) => `  ${dotNode(node)}`),
    ...kernels.flatMap((kernel, index) => [
      `  subgraph cluster_${index} {`,
      `    label=${quoted(kernel)};`,
      "    style=rounded;",
      ...nodes.filter((node) => node.kernel === kernel).map((node) => `    ${dotNode(node)}`),
      "  }",
    ]),
    ...edges.map(([from, to]) => `  n${from} -> n${to};`),
  ];
  return `digraph ${quoted(graph.name)} {\n${lines.join("\n")}\n}\n`;
}

/** Parameters and results are ellipses; below each name is its type. */
function dotNode({ id, label, type, kind }: GraphNode): string {
  const shape = kind === "op" ? "" : ", shape=ellipse";
  return `n${id} [label=${quoted(label, type)}${shape}];`;
}

/** In quotes, in which a backslash begins an escape of labels; lines one below the other. */
function quoted(...lines: readonly string[]): string {
  const escaped = lines.map((line) => showName(line).replace(/["\\]/g, "\\$&"));
  return `"${escaped.join("\\n")}"`;
}
