// Row-wise kernels: elementwise nodes and reductions of the same axes over one iteration space.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { type Graph, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";
import { type KernelRegion, movesData } from "../region.ts";
import { rowsSpace } from "../rows/candidates.ts";
import { emitRows } from "../rows/emit.ts";
import { rowsFields } from "../rows/fields.ts";
import { planRows } from "../rows/plan.ts";
import { defineKernelKind, keepFields, placeInRows } from "./define.ts";

export const rows = defineKernelKind({
  title: "Row-wise kernels",
  summary: "Elementwise ops and reductions over `[rows, columns]`, rows on the partitions.",
  fields: rowsFields,
  example: `graph rows(x: f32[4, 8]) -> (y: f32[4, 8]) {
  kernel y {
    y = x / reduce_sum(exp(x), axes=[1])
  }
}`,
  claims: ({ nodes }) => !nodes.some((node) => node.op === "matmul" || movesData(node)),
  objection,
  place: placeInRows,
  plan: planRows,
  resolve: keepFields,
  space: rowsSpace,
  emit: emitRows,
});

function objection(graph: Graph, region: KernelRegion): Problem | undefined {
  const axes = new Set<string>();
  for (const node of region.nodes) {
    if (!isKind(node.op, "reduce")) continue;
    const rank = typeOf(graph, node.operands[0] as ValueId).shape.length;
    const reduced = reducedAxes(node.attrs.axes as readonly number[], rank);
    axes.add(reduced.map((axis) => axis - rank).join());
    if (node.attrs.keepdims === false && region.nodes.length > 1)
      return problem("E0601", { kernel: region.name, why: `${node.op} drops its axes (keepdims=false)` });
  }
  return axes.size > 1 ? problem("E0605", { kernel: region.name }) : undefined;
}
