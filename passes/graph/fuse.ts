// Graph -> graph: decides which nodes run as one kernel.

import { ok } from "../../ir-spec/base/result.ts";
import { fusionModes } from "../../ir-spec/fusion-mode.ts";
import type { Graph, Node } from "../../ir-spec/graph.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark, type PassOutput, type Remark } from "../pass.ts";
import { type ChainChoice, growChains } from "./fuse/chains.ts";
import { growEpilogues, remarkEpilogues } from "./fuse/epilogue.ts";
import { writeKernels } from "./fuse/kernels.ts";
import { makePartition, type Partition } from "./fuse/partition.ts";
import { growRows, remarkMissedFusions } from "./fuse/rows.ts";

export const fuse = definePass({
  name: "fuse",
  summary: "decides which nodes run as one kernel",
  detail: `Every node that does work gets a kernel; nodes are reordered so that those of one kernel are together.

- A **contraction kernel** is a matmul or a convolution with its epilogue: the elementwise nodes after it (bias, activation, cast, scale,
  residual), as long as each value on the way has one reader, is no result of the graph, and keeps the shape; casts of what these
  read, where nobody else reads them.
- A **rows kernel** is made of elementwise nodes and reductions of the last axis (\`keepdims=true\`) over one iteration space S: each
  result has the shape S, or S with the last axis reduced to 1. A softmax or a normalization, once expanded, is one such
  kernel. An elementwise node that computes a single row, such as a scale that is cast, is merged when only this kernel reads it.
  Values that are read outside are stored as well.
- A **chain** is several of these kernels, at least one of a product: attention, perceptrons, a norm and the products that read it,
  products of one operand, whatever they are written in. The rows between them stay on chip, a tile of rows at a time. From each kernel on,
  readers are added as long as all can be one kernel and fit; the largest such group is made that pays: one kernel must take no more than
  1.1 times what several take, by the estimate that schedules are chosen by (0.8 times where right operands fill half of SBUF), and, where no product's
  rows are reduced, save a quarter of the bytes of the right operands. Remarks have both times. Groups of more than 200 nodes are not priced, and stay apart. A product and row-wise nodes that read its result more
  than once are one contraction kernel where that takes at most 0.9 times as long.
- **Numbers and indices** (\`full\`, \`iota\`, and masks and integers made of them) are copied into every rows kernel and
  chain that reads them; \`full\` into contraction kernels too. They may have any shape that broadcasts to S.
- **Views** (transpose, reshape, slice, split, unsqueeze, squeeze, broadcast_to) and \`constant\` do no work and get no kernel.
- Everything else is a standalone kernel. Kernels that the user wrote stay as they are.

With \`mode="off"\` nothing is merged: every node that does work is a kernel of its own, but for the numbers and indices that it reads.
With \`mode="forced"\` chains are made whatever they save, where they fit; remarks say what that costs.

A kernel has the user's name of the value that it computes, else the name of its main op with a number.`,
  before: `graph block(x: f32[4, 8], weight w: f32[8, 6], weight b: f32[6]) -> (y: f32[4, 6]) {
  h = relu(matmul(x, w) + b)
  m = reduce_max(h, axes=[1])
  e = exp(h - m)
  y = e * reciprocal(reduce_sum(e, axes=[1]))
}`,
  after: `graph block(x: f32[4, 8], weight w: f32[8, 6], weight b: f32[6]) -> (y: f32[4, 6]) {
  kernel h {
    h = relu(matmul(x, w) + b)
  }
  kernel y {
    m = reduce_max(h, axes=[1])
    e = exp(h - m)
    y = e * reciprocal(reduce_sum(e, axes=[1]))
  }
}`,
  from: "graph",
  to: "graph",
  options: {
    mode: {
      kind: "choice",
      choices: fusionModes,
      default: "auto",
      summary: "which fusions are made: those that pay, all that are legal and fit on chip, or none",
    },
  },
  run: (graph, { mode }, env) => ok(fuseGraph(graph, { env, mode })),
});

function fuseGraph(graph: Graph, choice: ChainChoice): PassOutput<Graph> {
  const partition = makePartition(graph);
  const hasWork = partition.roles.some((role) => role !== "view" && role !== "user");
  if (!hasWork) return { ir: graph, remarks: [] };
  const missed = choice.mode === "off" ? [] : growKernels(partition, choice);
  const fused = writeKernels(partition);
  return { ir: fused, remarks: [...remarkFusedKernels(graph, fused), ...missed] };
}

/** Merges units; says why others stay apart. */
function growKernels(partition: Partition, choice: ChainChoice): readonly Remark[] {
  const names = nameValues(partition.graph);
  const epilogueEnds = growEpilogues(partition, names);
  growRows(partition);
  const ofChains = growChains(partition, names, choice);
  return [...remarkEpilogues(partition, epilogueEnds), ...remarkMissedFusions(partition, names), ...ofChains];
}

/** One remark for each kernel of several nodes that was not there before. */
function remarkFusedKernels(before: Graph, after: Graph): readonly Remark[] {
  const old = new Set(before.kernels.map((kernel) => kernel.name));
  const work = after.kernels.map((): Node[] => []);
  for (const node of after.nodes) if (node.kernel !== undefined && node.op !== "full") work[node.kernel]?.push(node);
  return after.kernels.flatMap(({ name }, kernel): readonly Remark[] => {
    const nodes = work[kernel] ?? [];
    const [first] = nodes;
    if (old.has(name) || first === undefined || nodes.length < 2) return [];
    const text = `fused: kernel ${name} is ${nodes.map((node) => node.op).join(", ")}`;
    return [makeRemark("done", "fuse", text, first.span)];
  });
}
