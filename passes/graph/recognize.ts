// Graph -> graph: composites that were written as their steps become composites again, by a table of forms.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { invariant, ok } from "../../ir-spec/base/result.ts";
import type { Graph, Node } from "../../ir-spec/graph.ts";
import { makeExpander } from "../../ir-spec/graph-builder.ts";
import type { OpName } from "../../ir-spec/ops/index.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark, type PassOutput } from "../pass.ts";
import { rewriteGraph } from "../rewrite.ts";
import { removeDead } from "./dead.ts";
import { activationRules } from "./recognize/activations.ts";
import { attentionRules } from "./recognize/attention.ts";
import { comparisonRules } from "./recognize/comparisons.ts";
import {
  type GraphView,
  type RecognizeRule,
  type Replacement,
  servesAlone,
  startMatching,
  viewGraph,
} from "./recognize/matching.ts";
import { normRules } from "./recognize/norms.ts";
import { rotaryRules } from "./recognize/rotary.ts";
import { softmaxRules } from "./recognize/softmax.ts";

/** All forms, in the order in which they are tried. */
export const recognizeRules: readonly RecognizeRule[] = [
  ...activationRules,
  ...softmaxRules,
  ...normRules,
  ...rotaryRules,
  ...attentionRules,
  ...comparisonRules,
];

export const recognize = definePass({
  name: "recognize",
  summary: "replaces the steps of composites by the composites",
  detail: `Looks for what exporters of models write for softmax, layer and RMS normalization, attention and activations, and puts the composite or
function in its place, until nothing more is found. Steps that somebody else reads stay. Unlike the rules of \`canonicalize\` it is not exact: results
differ by the rounding of the steps, which the composite does not have or has in another order, and where a step overflows that the composite does not
have. NaN and infinities of operands give what they gave before. \`tgc import\` does it to every model; no target does.`,
  before: `graph example(x: f32[2, 8], w: f32[8, 8]) -> (y: f32[2, 8]) {
  h = matmul(x, w)
  g = h * 0.5 * (1 + erf(h * 0.70710677))
  e = exp(g - reduce_max(g, axes=[1]))
  y = e / reduce_sum(e, axes=[1])
}`,
  after: `graph example(x: f32[2, 8], w: f32[8, 8]) -> (y: f32[2, 8]) {
  y = softmax(gelu(matmul(x, w)))
}`,
  from: "graph",
  to: "graph",
  options: {},
  run: (graph) => ok(recognizeComposites(graph)),
});

/** The graph with composites in place of their steps, and what was found. */
export function recognizeComposites(graph: Graph): PassOutput<Graph> {
  const remarks: PassOutput<Graph>["remarks"][number][] = [];
  let current = graph;
  for (;;) {
    const found = findComposites(viewGraph(current));
    if (found.size === 0) return { ir: current, remarks };
    const names = nameValues(current);
    for (const { root, name } of [...found.values()].reverse()) {
      remarks.push(makeRemark("done", "recognize", `recognized: ${name} "${names[root.results[0]]}"`, root.span));
    }
    // A composite may be a step of another one, so what was found is put in before looking again.
    current = removeDead(replaceFound(current, found));
  }
}

interface Found {
  readonly root: Node;
  readonly name: OpName;
  readonly replacement: Replacement;
}

/** What is found from the results backwards, so that the largest form comes first; no node is of two. */
function findComposites(view: GraphView): ReadonlyMap<Node, Found> {
  const found = new Map<Node, Found>();
  const taken = new Set<number>();
  for (const [index, root] of [...view.graph.nodes.entries()].reverse()) {
    const match = taken.has(index) ? undefined : findAt(view, root, index);
    if (match === undefined) continue;
    found.set(root, match.found);
    for (const node of match.nodes) taken.add(node);
  }
  return found;
}

function findAt(view: GraphView, root: Node, index: number) {
  for (const { name, roots, match } of recognizeRules) {
    if (!roots.includes(root.op)) continue;
    const matching = startMatching(view);
    const replacement = match(root, matching);
    if (replacement !== undefined && servesAlone(view, matching, index))
      return { found: { root, name, replacement }, nodes: matching.nodes };
  }
  return undefined;
}

function replaceFound(graph: Graph, found: ReadonlyMap<Node, Found>): Graph {
  // What a form reads is an operand of one of its nodes, all of which come before its last one.
  const places = new Map<ValueId, ValueId>();
  const of = (value: ValueId): ValueId => {
    const place = places.get(value);
    invariant(place !== undefined, `value ${value} of ${graph.name} is read by a form before a node reads it`);
    return place;
  };
  return rewriteGraph(graph, (node, operands, to) => {
    for (const [index, operand] of operands.entries()) places.set(node.operands[index] as ValueId, operand);
    const match = found.get(node);
    return match && [match.replacement(makeExpander(to.builder, to.info), of)];
  });
}
