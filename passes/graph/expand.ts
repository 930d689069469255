// Graph -> graph: composites into the simpler ops that define them.

import { ok } from "../../ir-spec/base/result.ts";
import type { Graph, Node } from "../../ir-spec/graph.ts";
import { makeExpander } from "../../ir-spec/graph-builder.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { isKind, opDef, opNames } from "../../ir-spec/ops/index.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { keptComposite } from "../lower/kinds/index.ts";
import { definePass, makeRemark, type Remark } from "../pass.ts";
import { rewriteGraph } from "../rewrite.ts";

const composites = opNames.filter((op) => isKind(op, "composite"));

export const expand = definePass({
  name: "expand",
  summary: "replaces composites by the simpler ops that define them",
  detail: `Each composite (${composites.join(", ")}) is replaced by the graph of its \`expand\`, until none is left. The inner steps
are f32 whatever the operands are, so results differ from the composite's own meaning only by the rounding of those steps.
Composites named in \`keep\` stay, for a target that has a kernel for them; where a kind of kernel says which nodes it can compute, only these.`,
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
  run: (graph, { keep }, { machine }) => {
    const remarks: Remark[] = [];
    const expanding = { keep, machine };
    let current = graph;
    // An expansion may hold composites itself; ops only expand into simpler ones, so this ends.
    while (current.nodes.some((node) => isExpanded(current, node, expanding))) {
      remarks.push(...remarkExpansions(current, expanding));
      current = expandOnce(current, expanding);
    }
    return ok({ ir: simplifyKept(current, keep), remarks });
  },
});

interface Expanding {
  readonly keep: readonly string[];
  readonly machine: Machine;
}

function isExpanded(graph: Graph, node: Node, { keep, machine }: Expanding): boolean {
  if (opDef(node.op).expand === undefined) return false;
  if (!keep.includes(node.op)) return true;
  const kept = keptComposite(node.op);
  return kept !== undefined && !kept.canKeep(graph, node, machine);
}

function expandOnce(graph: Graph, expanding: Expanding): Graph {
  return rewriteGraph(graph, (node, operands, to) => {
    if (!isExpanded(graph, node, expanding)) return undefined;
    return opDef(node.op).expand?.(makeExpander(to.builder, to.info), operands, node.attrs);
  });
}

/** The graph whose composites have the operands alone that their kernels take. */
function simplifyKept(graph: Graph, keep: readonly string[]): Graph {
  if (!graph.nodes.some(({ op }) => keep.includes(op))) return graph;
  return rewriteGraph(graph, (node, operands, to) =>
    keep.includes(node.op)
      ? keptComposite(node.op)?.simplify(makeExpander(to.builder, to.info), operands, node)
      : undefined,
  );
}

function remarkExpansions(graph: Graph, expanding: Expanding): readonly Remark[] {
  const names = nameValues(graph);
  return graph.nodes
    .filter((node) => isExpanded(graph, node, expanding))
    .map(({ op, results, span }) => makeRemark("done", "expand", `expanded: ${op} "${names[results[0] ?? 0]}"`, span));
}
