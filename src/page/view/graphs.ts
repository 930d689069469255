// The graph before and after fusion, laid out by dagre: ops as boxes, in the color of their kernel.

import { Graph, layout } from "@dagrejs/dagre";
import type { GraphData, GraphNode, ReportData } from "../page-data.ts";
import { colorOf, element, type Panel, svg, titled } from "./dom.ts";

type ShowLines = (lines: readonly number[]) => void;

export function graphsPanel({ graphs }: ReportData, showLines: ShowLines): Panel {
  const kernels = [...new Set(graphs.flatMap(({ nodes }) => nodes.flatMap(({ kernel }) => kernel ?? [])))];
  const drawings = graphs.map((graph) => drawing(graph, kernels, showLines));
  const note =
    "Ops in the order of their data; equal colors are one kernel, whose values in between stay on chip. A click shows an op's line.";
  return {
    id: "graphs",
    title: "Graph before and after fusion",
    content: [element("div", { class: "columns" }, drawings)],
    note,
  };
}

const nodeHeight = 36;
const widthOf = ({ label, type }: GraphNode): number => 18 + 7.4 * Math.max(label.length, 0.85 * type.length);

interface Laid {
  readonly x: number;
  readonly y: number;
}

function drawing(data: GraphData, kernels: readonly string[], showLines: ShowLines): HTMLElement {
  const { title, nodes, edges, leftOut } = data;
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 14, ranksep: 26, marginx: 10, marginy: 10 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(String(node.id), { width: widthOf(node), height: nodeHeight });
  for (const [from, to] of edges) graph.setEdge(String(from), String(to));
  layout(graph);
  const { width = 100, height = 100 } = graph.graph() as { readonly width?: number; readonly height?: number };
  const lines = edges.map(([from, to]) => {
    const { points = [] } = graph.edge(String(from), String(to)) as { readonly points?: readonly Laid[] };
    return svg("polyline", { class: "edge", points: points.map(({ x, y }) => `${x},${y}`).join(" ") });
  });
  const boxes = nodes.map((node) => box(node, graph.node(String(node.id)) as Laid, kernels, showLines));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "graph", role: "img", "aria-label": title }, [
    ...lines,
    ...boxes,
  ]);
  picture.style.width = `${width}px`;
  const frame = element("div", { class: "scroll" }, [picture]);
  requestAnimationFrame(() => {
    frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
  });
  const more = leftOut === 0 ? [] : [element("p", { class: "note" }, [`${leftOut} more nodes are not drawn.`])];
  return element("div", {}, [element("h3", {}, [title]), frame, ...more]);
}

function box(node: GraphNode, { x, y }: Laid, kernels: readonly string[], showLines: ShowLines): SVGElement {
  const { label, type, kind, kernel, line } = node;
  const width = widthOf(node);
  const fill = kernel === undefined ? "" : `fill:${colorOf(kernels.indexOf(kernel))}`;
  const shape = svg("rect", {
    ...{ x: x - width / 2, y: y - nodeHeight / 2, width, height: nodeHeight, rx: kind === "op" ? 6 : 16 },
    ...{ class: `node ${kind} ${kernel === undefined ? "" : "fused"}`, style: fill },
  });
  const text = svg("text", { class: "node-label", x, y: y - 3, "text-anchor": "middle" }, [label]);
  const under = svg("text", { class: "node-type", x, y: y + 11, "text-anchor": "middle" }, [type]);
  const made = titled(
    svg("g", { class: kernel === undefined ? "" : "in-kernel" }, [shape, text, under]),
    kernel === undefined ? label : `${label}, kernel ${kernel}`,
  );
  if (line !== undefined) {
    made.setAttribute("class", `${made.getAttribute("class")} clickable`);
    made.addEventListener("click", () => showLines([line]));
  }
  return made;
}
