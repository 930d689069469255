// Which kind of kernel a region is, or why it is none.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { fail, ok, type Problem, problem, type Result } from "../../ir-spec/base/result.ts";
import { type Graph, typeOf } from "../../ir-spec/graph.ts";
import { isKind } from "../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../ir-spec/ops/reduce.ts";
import type { KernelKind } from "../../ir-spec/schedule.ts";
import type { KernelRegion } from "./region.ts";
import { isViewOp } from "./views.ts";

export function classify(graph: Graph, region: KernelRegion): Result<KernelKind, Problem> {
  const { nodes, name } = region;
  const cannot = (why: string): Result<KernelKind, Problem> => fail(problem("E0601", { kernel: name, why }));
  const matmuls = nodes.filter((node) => node.op === "matmul");
  const [first, ...rest] = nodes;
  if (first === undefined) return cannot("it is empty");
  if (isKind(first.op, "movement") && rest.length === 0 && !isViewOp(first.op)) return ok("movement");
  const composite = nodes.find((node) => isKind(node.op, "composite"));
  if (composite !== undefined) return cannot(`${composite.op} must be expanded first (pass \`expand\`)`);
  const stray = nodes.find((node) => isKind(node.op, "movement") || node.op === "constant");
  if (stray !== undefined) return cannot(`${stray.op} moves data`);
  if (matmuls.length > 1) return cannot("it has more than one matmul");
  if (matmuls.length === 1) return classifyContract(graph, region);
  return classifyRows(graph, region);
}

function classifyContract(graph: Graph, region: KernelRegion): Result<KernelKind, Problem> {
  const { nodes, name } = region;
  const cannot = (why: string): Result<KernelKind, Problem> => fail(problem("E0601", { kernel: name, why }));
  const stray = nodes.find((node) => !isKind(node.op, "elementwise") && node.op !== "matmul" && node.op !== "full");
  if (stray !== undefined) return cannot(`${stray.op} stands beside a matmul`);
  const matmul = nodes.find((node) => node.op === "matmul");
  const defined = new Set(nodes.flatMap((node) => node.results));
  if (matmul?.operands.some((operand) => defined.has(operand)))
    return cannot("its matmul reads a value of the same kernel");
  if (region.outputs.length !== 1) return cannot(`${region.outputs.length} of its values are read outside`);
  const shape = typeOf(graph, matmul?.results[0] as ValueId).shape.join();
  const odd = typeOf(graph, region.outputs[0] as ValueId).shape.join() !== shape;
  return odd ? cannot("its result has another shape than its matmul") : ok("contract");
}

function classifyRows(graph: Graph, region: KernelRegion): Result<KernelKind, Problem> {
  const axes = new Set<string>();
  for (const node of region.nodes) {
    if (!isKind(node.op, "reduce")) continue;
    const rank = typeOf(graph, node.operands[0] as ValueId).shape.length;
    const reduced = reducedAxes(node.attrs.axes as readonly number[], rank);
    axes.add(reduced.map((axis) => axis - rank).join());
    if (node.attrs.keepdims === false && region.nodes.length > 1) {
      return fail(problem("E0601", { kernel: region.name, why: `${node.op} drops its axes (keepdims=false)` }));
    }
  }
  return axes.size > 1 ? fail(problem("E0605", { kernel: region.name })) : ok("rows");
}
