// Which kind of kernel a region is, or why it is none.

import { fail, ok, type Problem, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { isKind } from "../../ir-spec/ops/index.ts";
import { type KernelKind, keptComposite, kernelKindDef, kernelKindNames } from "./kinds/index.ts";
import { type KernelRegion, movesData } from "./region.ts";

export function classify(graph: Graph, region: KernelRegion): Result<KernelKind, Problem> {
  const why = strayNode(region);
  if (why !== undefined) return fail(problem("E0601", { kernel: region.name, why }));
  const kind = kernelKindNames.find((name) => kernelKindDef(name).claims(region));
  if (kind === undefined) {
    const mover = region.nodes.find(movesData);
    return fail(problem("E0601", { kernel: region.name, why: `${mover?.op ?? "one of its nodes"} moves data` }));
  }
  const objection = kernelKindDef(kind).objection(graph, region);
  return objection === undefined ? ok(kind) : fail(objection);
}

/** What no kernel can have. */
function strayNode({ nodes }: KernelRegion): string | undefined {
  if (nodes.length === 0) return "it is empty";
  const composite = nodes.find((node) => isKind(node.op, "composite") && keptComposite(node.op) === undefined);
  return composite && `${composite.op} must be expanded first (pass \`expand\`)`;
}
