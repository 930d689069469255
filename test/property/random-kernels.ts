// Kernels as users may write them: runs of a graph's nodes in `kernel` blocks, whether they can be one loop nest or not.
import type { KernelId } from "../../ir-spec/base/ids.ts";
import type { Graph, KernelInfo, Node } from "../../ir-spec/graph.ts";
import type { OpName } from "../../ir-spec/ops/index.ts";
import type { Random } from "../../src/find/fuzz/random-choices.ts";

/** What kernels are made of: elementwise ops, reductions and numbers; products with their epilogues. */
export const rowsOps: readonly OpName[] = [
  ...(["add", "mul", "sub", "max", "relu", "neg", "where", "cast", "less"] as const),
  ...(["reduce_sum", "reduce_max", "reduce_mean", "full", "full", "iota"] as const),
];
export const epilogueOps: readonly OpName[] = [
  "matmul",
  "matmul",
  "add",
  "mul",
  "relu",
  "where",
  "cast",
  "full",
  "neg",
];

/** Most nodes of the graph in kernels of one to five nodes. */
export function withKernels(graph: Graph, random: Random): Graph {
  const kernels: KernelInfo[] = [];
  const nodes: Node[] = [];
  while (nodes.length < graph.nodes.length) {
    const run = graph.nodes.slice(nodes.length, nodes.length + 1 + random.below(5));
    const kernel = random.oneIn(4) ? undefined : (kernels.length as KernelId);
    if (kernel !== undefined) kernels.push({ name: `k${kernel}` });
    nodes.push(...run.map((node) => (kernel === undefined ? node : { ...node, kernel })));
  }
  return { ...graph, nodes, kernels };
}
