// Compiles a graph to a `WgslPlan`: expands composites, then turns each node, in order, into kernels and copies by the rule
// of its op, and gives every value a buffer.

import { isFloat } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { at, type Diagnostic, fail, invariant, ok, type Problem, type Result } from "../../ir-spec/base/result.ts";
import { elementCount, type TensorType } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, typeOf } from "../../ir-spec/graph.ts";
import { isKind } from "../../ir-spec/ops/index.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { wgslTypeOf } from "./dtypes.ts";
import { expandComposites } from "./expand-composites.ts";
import { type Action, checkBuffer, checkKernel, type Kernel, kernelText, type NodeTypes, type Slot } from "./kernel.ts";
import { elementwiseKernel } from "./map.ts";
import { contractions } from "./matmul.ts";
import { movementOf } from "./movement.ts";
import {
  type BufferContent,
  type PlanBuffer,
  type PlanPort,
  type PlanStep,
  type WgslModule,
  type WgslPlan,
  wgslElementBytes,
} from "./plan.ts";
import { reduceKernels } from "./reduce.ts";
import { reuseBuffers } from "./reuse-buffers.ts";
import { sourceContent } from "./source.ts";

/** What a node comes to: its operand's buffer, a buffer that the host fills, or actions that fill buffers of its own. */
type Lowered =
  | { readonly kind: "alias" }
  | { readonly kind: "content"; readonly content: BufferContent }
  | { readonly kind: "actions"; readonly actions: readonly Action[] };

/** Whether the operand's buffer already holds the result: floats of every width are held as f32. */
function isFreeCast(op: Node["op"], node: NodeTypes): boolean {
  const from = node.operands[0]?.dtype;
  const to = node.results[0]?.dtype;
  return op === "cast" && from !== undefined && (from === to || (to === "f32" && isFloat(from)));
}

function lowerNode(op: Node["op"], node: NodeTypes, limits: GpuLimits): Lowered {
  if (isFreeCast(op, node)) return { kind: "alias" };
  if (isKind(op, "elementwise")) return { kind: "actions", actions: [elementwiseKernel(op, node, limits)] };
  if (isKind(op, "reduce")) return { kind: "actions", actions: reduceKernels(op, node, limits) };
  if (isKind(op, "contract")) return { kind: "actions", actions: [contractions[op](node)] };
  if (isKind(op, "movement")) return movementOf(op, node, limits);
  if (isKind(op, "source")) {
    return { kind: "content", content: sourceContent(op, node.attrs, node.results[0] as TensorType) };
  }
  invariant(false, `composite ${op} was not expanded`);
}

/** Compiles a graph for an adapter with these limits; fails where a tensor or a dispatch breaks one (E12nn). */
export function compileWgsl(graph: Graph, limits: GpuLimits): Result<WgslPlan> {
  const expanded = expandComposites(graph);
  const builder = makePlanBuilder(expanded, limits);
  for (const { name, value } of expanded.params) builder.define(value, { kind: "param", param: name });
  for (const node of expanded.nodes) builder.addNode(node);
  const problems = builder.problems();
  return problems.length > 0 ? fail(problems) : ok(reuseBuffers(builder.finish()));
}

interface PlanBuilder {
  /** Gives a value a buffer of its own. */
  readonly define: (value: ValueId, content: BufferContent) => void;
  readonly addNode: (node: Node) => void;
  readonly problems: () => readonly Diagnostic[];
  readonly finish: () => WgslPlan;
}

function makePlanBuilder(graph: Graph, limits: GpuLimits): PlanBuilder {
  const modules = new Map<string, WgslModule>();
  const buffers: PlanBuffer[] = [];
  const steps: PlanStep[] = [];
  const problems: Diagnostic[] = [];
  const bufferOf: number[] = [];

  const report = (found: Problem | undefined, span: Node["span"]): boolean => {
    if (found !== undefined) problems.push(at(found, span));
    return found !== undefined;
  };
  const newBuffer = (buffer: PlanBuffer): number => buffers.push(buffer) - 1;
  const define = (value: ValueId, content: BufferContent): void => {
    const { dtype, shape } = typeOf(graph, value);
    const elements = elementCount(shape);
    report(checkBuffer(nameOf(graph, value), elements * wgslElementBytes, limits), graph.values[value]?.span);
    bufferOf[value] = newBuffer({ type: wgslTypeOf(dtype), elements, content });
  };
  const moduleOf = (kernel: Kernel, node: Node): string => {
    const wgsl = kernelText(kernel, typesOf(graph, node));
    const known = modules.get(wgsl);
    if (known !== undefined) return known.name;
    const name = `${kernel.name}_${modules.size}`;
    modules.set(wgsl, { name, wgsl });
    return name;
  };
  const addAction = (action: Action, bind: (slot: Slot) => number, node: Node): void => {
    const note = describeNode(graph, node);
    if (action.kind === "copy") {
      const { srcElement, dstElement, elements } = action;
      const [src, dst] = [bind(action.src), bind(action.dst)];
      steps.push({ kind: "copy", src, srcElement, dst, dstElement, elements, note });
      return;
    }
    if (report(checkKernel(action, limits), node.span)) return;
    const bindings = [...action.reads, action.writes].map((buffer) => bind(buffer.slot));
    steps.push({ kind: "dispatch", module: moduleOf(action, node), bindings, workgroups: action.grid, note });
  };
  const addNode = (node: Node): void => {
    const lowered = lowerNode(node.op, typesOf(graph, node), limits);
    if (lowered.kind === "alias") {
      bufferOf[node.results[0] as ValueId] = bufferOf[node.operands[0] as ValueId] as number;
      return;
    }
    const content: BufferContent = lowered.kind === "content" ? lowered.content : { kind: "scratch" };
    for (const result of node.results) define(result, content);
    if (lowered.kind === "content") return;
    const scratch: number[] = [];
    const bind = (slot: Slot): number => {
      if (slot.kind !== "scratch") {
        const values = slot.kind === "operand" ? node.operands : node.results;
        return bufferOf[values[slot.index] as ValueId] as number;
      }
      scratch[slot.index] ??= newBuffer({ type: "f32", elements: slot.elements, content: { kind: "scratch" } });
      return scratch[slot.index] as number;
    };
    for (const action of lowered.actions) addAction(action, bind, node);
  };
  const portOf = ({ name, value }: { readonly name: string; readonly value: ValueId }): PlanPort => ({
    name,
    buffer: bufferOf[value] as number,
    type: typeOf(graph, value),
  });

  return {
    define,
    addNode,
    problems: () => problems,
    finish: () => ({
      name: graph.name,
      modules: [...modules.values()],
      buffers,
      steps,
      inputs: graph.params.map(portOf),
      outputs: graphOutputs(graph).map(portOf),
    }),
  };
}

function typesOf(graph: Graph, node: Node): NodeTypes {
  const types = (values: readonly ValueId[]): readonly TensorType[] => values.map((value) => typeOf(graph, value));
  return { operands: types(node.operands), results: types(node.results), attrs: node.attrs };
}

function nameOf(graph: Graph, value: ValueId): string {
  return graph.values[value]?.name ?? `%${value}`;
}

/** `h = add(x, %3)` */
function describeNode(graph: Graph, node: Node): string {
  const names = (values: readonly ValueId[]): string => values.map((value) => nameOf(graph, value)).join(", ");
  return `${names(node.results)} = ${node.op}(${names(node.operands)})`;
}
