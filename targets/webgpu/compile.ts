// Compiles a graph to a `WgslPlan`: expands composites, then turns each node, in order, into kernels and copies by the rule
// of its op, and gives every value a buffer.

import { isFloat } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { at, type Diagnostic, fail, invariant, ok, type Result } from "../../ir-spec/base/result.ts";
import type { TensorType } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, isOfKind, type Node, typeOf } from "../../ir-spec/graph.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { expandComposites } from "./expand-composites.ts";
import { type Action, checkKernel, kernelText, type NodeTypes, type Slot } from "./kernel.ts";
import { elementwiseKernel } from "./map.ts";
import { contractions } from "./matmul.ts";
import { movementOf } from "./movement.ts";
import type { BufferContent, PlanPort, PlanStep, WgslPlan } from "./plan.ts";
import { type BufferTable, type ModuleTable, makeBufferTable, makeModuleTable, valueName } from "./plan-tables.ts";
import { reduceKernels } from "./reduce.ts";
import { reuseBuffers } from "./reuse-buffers.ts";
import { sourceContent } from "./source.ts";

/** What a node comes to: its operand's buffer, a buffer that the host fills, or actions that fill buffers of its own. */
type Lowered =
  | { readonly kind: "alias" }
  | { readonly kind: "content"; readonly content: BufferContent }
  | { readonly kind: "actions"; readonly actions: readonly Action[] };

/** Whether the operand's buffer already holds the result: floats of every width are held as f32. */
function isFreeCast(node: NodeTypes): boolean {
  const from = node.operands[0]?.dtype;
  const to = node.results[0]?.dtype;
  return node.op === "cast" && from !== undefined && (from === to || (to === "f32" && isFloat(from)));
}

function lowerNode(node: NodeTypes, limits: GpuLimits): Lowered {
  if (isFreeCast(node)) return { kind: "alias" };
  if (isOfKind(node, "elementwise")) return { kind: "actions", actions: [elementwiseKernel(node, limits)] };
  if (isOfKind(node, "reduce")) return { kind: "actions", actions: reduceKernels(node, limits) };
  if (isOfKind(node, "contract")) return { kind: "actions", actions: contractions[node.op](node, limits) };
  if (isOfKind(node, "movement")) return movementOf(node, limits);
  if (isOfKind(node, "source")) {
    return { kind: "content", content: sourceContent(node, node.results[0] as TensorType) };
  }
  invariant(false, `composite ${node.op} was not expanded`);
}

/** Compiles a graph for an adapter with these limits; fails where a tensor or a dispatch breaks one (E12nn). */
export function compileWgsl(graph: Graph, limits: GpuLimits): Result<WgslPlan> {
  const expanded = expandComposites(graph);
  const tables: Tables = {
    graph: expanded,
    limits,
    buffers: makeBufferTable(expanded, limits),
    modules: makeModuleTable(),
  };
  for (const { name, value } of expanded.params) tables.buffers.define(value, { kind: "param", param: name });
  const lowered = expanded.nodes.map((node) => compileNode(node, tables));
  const problems = [...tables.buffers.problems(), ...lowered.flatMap((found) => found.problems)];
  if (problems.length > 0) return fail(problems);
  const portOf = ({ name, value }: { readonly name: string; readonly value: ValueId }): PlanPort => ({
    name,
    buffer: tables.buffers.of(value),
    type: typeOf(expanded, value),
  });
  const plan: WgslPlan = {
    name: graph.name,
    modules: tables.modules.list(),
    buffers: tables.buffers.list(),
    steps: lowered.flatMap((found) => found.steps),
    inputs: expanded.params.map(portOf),
    outputs: graphOutputs(expanded).map(portOf),
  };
  return ok(reuseBuffers(plan));
}

/** What is gathered over all nodes of a graph. */
interface Tables {
  readonly graph: Graph;
  readonly limits: GpuLimits;
  readonly buffers: BufferTable;
  readonly modules: ModuleTable;
}

interface NodeSteps {
  readonly steps: readonly PlanStep[];
  readonly problems: readonly Diagnostic[];
}

/** The steps of one node; its results get their buffers. */
function compileNode(node: Node, { graph, limits, buffers, modules }: Tables): NodeSteps {
  const types = typesOf(graph, node);
  const lowered = lowerNode(types, limits);
  if (lowered.kind === "alias") {
    buffers.alias(node.results[0], node.operands[0] as ValueId);
    return { steps: [], problems: [] };
  }
  const content: BufferContent = lowered.kind === "content" ? lowered.content : { kind: "scratch" };
  for (const result of node.results) buffers.define(result, content);
  if (lowered.kind === "content") return { steps: [], problems: [] };

  const problems = lowered.actions.flatMap((action) => {
    const found = action.kind === "kernel" ? checkKernel(action, limits) : undefined;
    return found === undefined ? [] : [at(found, node.span)];
  });
  if (problems.length > 0) return { steps: [], problems };
  const bind = makeBinder(node, buffers);
  const note = describeNode(graph, node);
  const steps = lowered.actions.map((action): PlanStep => {
    if (action.kind === "copy") return { ...action, src: bind(action.src), dst: bind(action.dst), note };
    const bindings = [...action.reads, action.writes].map((buffer) => bind(buffer.slot));
    const module = modules.nameOf(action.name, kernelText(action, types));
    return { kind: "dispatch", module, bindings, workgroups: action.grid, note };
  });
  return { steps, problems: [] };
}

/** Finds the buffer of a slot of the node; scratch buffers are made when first asked for. */
function makeBinder(node: Node, buffers: BufferTable): (slot: Slot) => number {
  const scratch: number[] = [];
  return (slot) => {
    if (slot.kind === "scratch") {
      scratch[slot.index] ??= buffers.addScratch(slot.type, slot.elements);
      return scratch[slot.index] as number;
    }
    const values = slot.kind === "operand" ? node.operands : node.results;
    return buffers.of(values[slot.index] as ValueId);
  };
}

function typesOf(graph: Graph, node: Node): NodeTypes {
  const types = (values: readonly ValueId[]): readonly TensorType[] => values.map((value) => typeOf(graph, value));
  return { ...node, operands: types(node.operands), results: types(node.results) };
}

/** `h = add(x, %3)` */
function describeNode(graph: Graph, node: Node): string {
  const names = (values: readonly ValueId[]): string => values.map((value) => valueName(graph, value)).join(", ");
  return `${names(node.results)} = ${node.op}(${names(node.operands)})`;
}
