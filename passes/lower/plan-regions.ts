// The graph as a list of steps: regions to lower, views to follow, constants to store. Nodes of one kernel are one region;
// a node without a kernel that does work is a region alone.

import type { KernelId, ValueId } from "../../ir-spec/base/ids.ts";
import { type Graph, graphOutputs, type Node, type NodeOf, readersOf } from "../../ir-spec/graph.ts";
import type { KernelRegion } from "./region.ts";
import { isView, type ViewOp } from "./views.ts";

export type LowerStep =
  | { readonly kind: "region"; readonly region: KernelRegion }
  | { readonly kind: "view"; readonly node: NodeOf<ViewOp> }
  | { readonly kind: "constant"; readonly node: NodeOf<"constant"> };

export function regionsOf(graph: Graph): readonly LowerStep[] {
  const steps: LowerStep[] = [];
  const uses: GraphUses = {
    readers: readersOf(graph),
    outputs: new Set(graphOutputs(graph).map((output) => output.value)),
  };
  const names = new Set(graph.kernels.map((kernel) => kernel.name));
  let index = 0;
  while (index < graph.nodes.length) {
    const node = graph.nodes[index] as Node;
    const end = node.kernel === undefined ? index + 1 : endOfKernel(graph, index, node.kernel);
    if (node.kernel !== undefined) {
      const name = graph.kernels[node.kernel]?.name ?? "kernel";
      steps.push({ kind: "region", region: makeRegion(graph, uses, { start: index, end, name }) });
    } else if (isView(node)) {
      steps.push({ kind: "view", node });
    } else if (node.op === "constant") {
      steps.push({ kind: "constant", node });
    } else {
      steps.push({
        kind: "region",
        region: makeRegion(graph, uses, { start: index, end, name: unusedName(names, node.op) }),
      });
    }
    index = end;
  }
  return steps;
}

function endOfKernel(graph: Graph, start: number, kernel: KernelId): number {
  let end = start;
  while (graph.nodes[end]?.kernel === kernel) end++;
  return end;
}

function unusedName(names: Set<string>, op: string): string {
  let number = 0;
  while (names.has(`${op}_${number}`)) number++;
  names.add(`${op}_${number}`);
  return `${op}_${number}`;
}

interface GraphUses {
  readonly readers: readonly (readonly number[])[];
  /** Results of the graph and new contents of states. */
  readonly outputs: ReadonlySet<ValueId>;
}

interface NodeRange {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

function makeRegion(graph: Graph, { readers, outputs }: GraphUses, { start, end, name }: NodeRange): KernelRegion {
  const nodes = graph.nodes.slice(start, end);
  const leaving = nodes.flatMap((node) =>
    node.results.filter(
      (value) => outputs.has(value) || readers[value]?.some((reader) => reader < start || reader >= end),
    ),
  );
  return { name, nodes, outputs: leaving };
}
