// Graph -> graph: computes equal things once.

import { type AttrValue, printNumber } from "../../ir-spec/base/attr.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { ok } from "../../ir-spec/base/result.ts";
import type { Call } from "../../ir-spec/graph.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark, type Remark } from "../pass.ts";
import { rewriteGraph } from "../rewrite.ts";
import { commutativeOps } from "./commutative.ts";

export const cse = definePass({
  name: "cse",
  summary: "computes equal things once (common subexpression elimination)",
  detail: `Two nodes with the same op, operands and attributes have the same results, so the second is dropped and the first one's
results are read instead. The order of operands does not matter where the op is commutative. Nodes of different kernels are
kept apart. Source: Cocke 1970, "Global common subexpression elimination"; with operands numbered as in value numbering.`,
  before: `graph example(x: f32[4], y: f32[4]) -> (z: f32[4]) {
  a = exp(x + y)
  b = exp(y + x)
  z = a * b
}`,
  after: `graph example(x: f32[4], y: f32[4]) -> (z: f32[4]) {
  a = exp(x + y)
  z = a * a
}`,
  from: "graph",
  to: "graph",
  options: {},
  run: (graph) => {
    const names = nameValues(graph);
    const known = new Map<string, readonly ValueId[]>();
    const remarks: Remark[] = [];
    const rewritten = rewriteGraph(graph, (node, operands, to) => {
      const key = `${node.kernel ?? ""} ${keyOf({ ...node, operands })}`;
      const found = known.get(key);
      if (found === undefined) {
        const results = to.add({ ...node, operands });
        known.set(key, results);
        return results;
      }
      const dropped = node.results.map((result) => `"${names[result]}"`).join(", ");
      remarks.push(makeRemark("done", "cse", `dropped: ${node.op} ${dropped}, which is computed before`, node.span));
      return found;
    });
    return ok({ ir: remarks.length === 0 ? graph : rewritten, remarks });
  },
});

/** A text that is equal for two calls when their results are. */
function keyOf({ op, operands, attrs }: Call): string {
  const order = commutativeOps.has(op) ? operands.toSorted((a, b) => a - b) : operands;
  const values = Object.entries(attrs).map(([name, value]) => `${name}=${keyOfValue(value)}`);
  return `${op}(${order.join(", ")}) ${values.join(" ")}`;
}

function keyOfValue(value: AttrValue): string {
  if (typeof value === "number") return printNumber(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `[${value.map(keyOfValue).join(",")}]`;
}
