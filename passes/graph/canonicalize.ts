// Graph -> graph: brings equal things into one form, by a table of small rules.

import { ok } from "../../ir-spec/base/result.ts";
import { type Call, callOf, type Graph } from "../../ir-spec/graph.ts";
import { nodeAttrs } from "../../ir-spec/graph-builder.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark, type PassOutput, type Remark } from "../pass.ts";
import { type Rewriter, rewriteGraph } from "../rewrite.ts";
import { arithmeticRules } from "./canonicalize/arithmetic-rules.ts";
import { castRules } from "./canonicalize/cast-rules.ts";
import { movementRules } from "./canonicalize/movement-rules.ts";
import type { RewriteRule } from "./canonicalize/rule.ts";
import { removeDead } from "./dead.ts";

/** All rules, in the order in which they are tried. */
export const canonicalizeRules: readonly RewriteRule[] = [...movementRules, ...castRules, ...arithmeticRules];

export const canonicalize = definePass({
  name: "canonicalize",
  summary: "brings equal things into one form, by small exact rules",
  detail: `Goes through the nodes again and again and applies the first rule that fits, until none fits any more or \`max_steps\` rules
have been applied. Every rule is exact: results stay the same bit for bit. So \`x * 0\` stays (it is NaN for infinite x), and
\`x + 0\` stays where x can be -0. Nodes that nothing needs after that are removed.`,
  before: `graph example(x: f32[2, 3], w: f32[4, 3]) -> (y: f32[2, 4]) {
  y = 2 * matmul(x, transpose(w, perm=[1, 0])) / 1
}`,
  after: `graph example(x: f32[2, 3], w: f32[4, 3]) -> (y: f32[2, 4]) {
  y = matmul(x, w, transpose_rhs=true) * 2
}`,
  from: "graph",
  to: "graph",
  options: {
    max_steps: { kind: "int", min: 1, default: 100_000, summary: "most rules that are applied" },
  },
  run: (graph, { max_steps }) => ok(canonicalizeGraph(graph, max_steps)),
});

function canonicalizeGraph(graph: Graph, maxSteps: number): PassOutput<Graph> {
  const remarks: Remark[] = [];
  let current = graph;
  for (;;) {
    const swept = sweep(current, maxSteps - remarks.length);
    if (swept.remarks.length === 0) return { ir: current, remarks };
    current = removeDead(swept.ir);
    remarks.push(...swept.remarks);
    if (remarks.length >= maxSteps) {
      const text = `stopped after ${maxSteps} steps (max_steps); more rules may fit`;
      return { ir: current, remarks: [...remarks, makeRemark("missed", "canonicalize", text, undefined)] };
    }
  }
}

/** Goes through the nodes once and applies at most `maxSteps` rules. */
function sweep(graph: Graph, maxSteps: number): PassOutput<Graph> {
  const names = nameValues(graph);
  const remarks: Remark[] = [];
  const ir = rewriteGraph(graph, (node, operands, to) => {
    let call: Call = { ...node, operands };
    while (remarks.length < maxSteps) {
      const found = applyRule(call, to);
      if (found === undefined) break;
      const text = `${found.rule}: ${node.op} "${names[node.results[0]]}"`;
      remarks.push(makeRemark("done", "canonicalize", text, node.span));
      if ("value" in found.replacement) return [found.replacement.value];
      const { op, operands: replaced, attrs } = found.replacement.call;
      call = callOf(op, replaced, nodeAttrs(op, replaced.map(to.typeOf), attrs));
    }
    return to.add(call);
  });
  return { ir, remarks };
}

/** What the first rule that fits makes of a call. */
function applyRule(call: Call, to: Rewriter) {
  for (const rule of canonicalizeRules) {
    const replacement = rule.rewrite(call, to);
    if (replacement !== undefined) return { rule: rule.name, replacement };
  }
  return undefined;
}
