// Two kernels of a fused graph as one, whether that pays or not: for whoever asks what a fusion would cost that was not made.

import { type KernelId, kernelId } from "../../../ir-spec/base/ids.ts";
import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Graph, Node } from "../../../ir-spec/graph.ts";
import { writeKernels } from "./kernels.ts";
import { makePartition } from "./partition.ts";

const whyNotTogether = "a kernel or view between them reads the one and is read by the other";

/** The graph with the nodes of kernel `b` in kernel `a`, which has its name; or why no order of the nodes has them together. */
export function mergeKernels(graph: Graph, a: KernelId, b: KernelId): Result<Graph, string> {
  const partition = makePartition(graph);
  const unitOf = (kernel: KernelId) => partition.unitOf(graph.nodes.findIndex((node) => node.kernel === kernel));
  const [one, other] = [unitOf(a), unitOf(b)];
  const units = new Set([one, other]);
  if (!partition.canMergeAll(units)) return fail(whyNotTogether);
  partition.merge(one, other);
  const written = writeKernels(partition);
  const renumbered = (kernel: KernelId): KernelId => {
    const merged = kernel === b ? a : kernel;
    return kernelId(merged > b ? merged - 1 : merged);
  };
  const nodes = written.nodes.map(
    (node): Node => (node.kernel === undefined ? node : { ...node, kernel: renumbered(node.kernel) }),
  );
  return ok({ ...written, nodes, kernels: written.kernels.filter((_kernel, index) => index !== b) });
}
