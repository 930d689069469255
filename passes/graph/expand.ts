// Graph -> graph: composites into the simpler ops that define them.

import { ok } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { makeExpander } from "../../ir-spec/graph-builder.ts";
import { isKind, type OpName, opDef, opNames } from "../../ir-spec/ops/index.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark, type Remark } from "../pass.ts";
import { rewriteGraph } from "../rewrite.ts";

const composites = opNames.filter((op) => isKind(op, "composite"));

export const expand = definePass({
  name: "expand",
  summary: "replaces composites by the simpler ops that define them",
  detail: `Each composite (${composites.join(", ")}) is replaced by the graph of its \`expand\`, until none is left. The inner steps
are f32 whatever the operands are, so results differ from the composite's own meaning only by the rounding of those steps.
Composites named in \`keep\` stay, for a target that has a kernel for them.`,
  before: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  y = softmax(x)
}`,
  after: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  e = exp(x - reduce_max(x, axes=[1]))
  y = e * reciprocal(reduce_sum(e, axes=[1]))
}`,
  from: "graph",
  to: "graph",
  options: {
    keep: { kind: "names", choices: composites, default: [], summary: "composites that are left as they are" },
  },
  run: (graph, { keep }) => {
    const remarks: Remark[] = [];
    let current = graph;
    // An expansion may hold composites itself; ops only expand into simpler ones, so this ends.
    while (current.nodes.some((node) => isExpanded(node.op, keep))) {
      remarks.push(...tellExpansions(current, keep));
      current = expandOnce(current, keep);
    }
    return ok({ ir: current, remarks });
  },
});

function isExpanded(op: OpName, keep: readonly string[]): boolean {
  return opDef(op).expand !== undefined && !keep.includes(op);
}

function expandOnce(graph: Graph, keep: readonly string[]): Graph {
  return rewriteGraph(graph, ({ op, attrs }, operands, to) => {
    if (!isExpanded(op, keep)) return undefined;
    return opDef(op).expand?.(makeExpander(to.builder, to.info), operands, attrs);
  });
}

function tellExpansions(graph: Graph, keep: readonly string[]): readonly Remark[] {
  const names = nameValues(graph);
  return graph.nodes
    .filter((node) => isExpanded(node.op, keep))
    .map(({ op, results, span }) => makeRemark("done", "expand", `expanded: ${op} "${names[results[0] ?? 0]}"`, span));
}
