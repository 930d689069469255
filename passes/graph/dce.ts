// Graph -> graph: removes what nothing needs.

import { ok } from "../../ir-spec/base/result.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark } from "../pass.ts";
import { deadNodes, removeDead } from "./dead.ts";

export const dce = definePass({
  name: "dce",
  summary: "removes nodes whose results nothing needs",
  detail: `A node stays when a result of the graph, or the new content of a state, is made from it. Parameters stay even when
nothing reads them, since a caller gives them.`,
  before: `graph example(x: f32[4]) -> (y: f32[4]) {
  unused = exp(x)
  y = relu(x)
}`,
  after: `graph example(x: f32[4]) -> (y: f32[4]) {
  y = relu(x)
}`,
  from: "graph",
  to: "graph",
  options: {},
  run: (graph) => {
    const names = nameValues(graph);
    const remarks = [...deadNodes(graph)].toReversed().map(({ op, results, span }) => {
      const unread = results.map((result) => `"${names[result]}"`).join(", ");
      return makeRemark("done", "dce", `removed: ${op} ${unread}, which nothing needs`, span);
    });
    return ok({ ir: removeDead(graph), remarks });
  },
});
