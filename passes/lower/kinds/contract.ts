// Contractions: a matmul with the elementwise nodes after it.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { ok, type Problem, problem } from "../../../ir-spec/base/result.ts";
import { type Graph, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { isChain } from "../chain/levels.ts";
import { contractSpace } from "../contract/candidates.ts";
import { contractChoices } from "../contract/choices.ts";
import { resolveStoreOrder, resolveTransposeOn } from "../contract/dependent-fields.ts";
import { emitContract } from "../contract/emit.ts";
import { contractFields } from "../contract/fields.ts";
import { planContract } from "../contract/plan.ts";
import { type KernelRegion, movesData } from "../region.ts";
import { defineKernelKind } from "./define.ts";

export const contract = defineKernelKind({
  title: "Contractions",
  summary: "A matmul with the elementwise ops after it: `out[m, n] = sum over k of lhs[m, k] * rhs[k, n]`.",
  fields: contractFields,
  example: `graph contract(x: f32[4, 8], weight w: f32[8, 6], weight b: f32[6]) -> (y: f32[4, 6]) {
  kernel y {
    y = relu(matmul(x, w) + b)
  }
}`,
  claims: (region) =>
    region.nodes.some(({ op }) => op === "matmul") && !isChain(region) && !region.nodes.some(movesData),
  objection,
  place: (context, region, request) => {
    const order = resolveStoreOrder(context, region, request);
    return order.ok ? ok({ order: order.value, given: { ...request.given, store: order.value } }) : order;
  },
  plan: planContract,
  resolve: resolveTransposeOn,
  space: contractSpace,
  choices: contractChoices,
  emit: emitContract,
});

function objection(graph: Graph, { nodes, name, outputs }: KernelRegion): Problem | undefined {
  const cannot = (why: string): Problem => problem("E0601", { kernel: name, why });
  const [matmul, ...others] = nodes.filter((node) => node.op === "matmul");
  if (others.length > 0) return cannot("it has more than one matmul");
  const stray = nodes.find((node) => !isKind(node.op, "elementwise") && node.op !== "matmul" && node.op !== "full");
  if (stray !== undefined) return cannot(`${stray.op} is fused with a matmul`);
  const defined = new Set(nodes.flatMap((node) => node.results));
  if (matmul?.operands.some((operand) => defined.has(operand)))
    return cannot("its matmul reads a value of the same kernel");
  if (outputs.length !== 1) return cannot(`${outputs.length} of its values are read outside`);
  const shape = matmul && typeOf(graph, matmul.results[0]).shape.join();
  const odd = typeOf(graph, outputs[0] as ValueId).shape.join() !== shape;
  return odd ? cannot("its result has another shape than its matmul") : undefined;
}
