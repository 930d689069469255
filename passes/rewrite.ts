// Makes a new graph out of an old one, node by node: a pass says what takes the place of a node, and this file keeps
// names, spans, kernels, results and updates. Ids of the new graph are dense; the old graph is not touched.

import type { LooseAttrs } from "../ir-spec/base/attr.ts";
import type { ValueId } from "../ir-spec/base/ids.ts";
import { invariant } from "../ir-spec/base/result.ts";
import { type TensorType, typesEqual } from "../ir-spec/base/tensor.ts";
import {
  type Call,
  callOf,
  type GivenCall,
  type Graph,
  type KernelInfo,
  type Node,
  typeOf,
  type ValueInfo,
} from "../ir-spec/graph.ts";
import { type GraphBuilder, makeGraphBuilder, type NodeInfo, nodeAttrs } from "../ir-spec/graph-builder.ts";
import type { AtLeastOne } from "../ir-spec/ops/define.ts";
import type { OpName } from "../ir-spec/ops/index.ts";

/** The new graph as a pass sees it while a node is rewritten. */
export interface Rewriter {
  /** The builder of the new graph. */
  readonly builder: GraphBuilder;
  /** What puts new nodes into the kernel of the rewritten node, and gives them its span. */
  readonly info: NodeInfo;
  /** Adds a call in the place of the rewritten node; gives its results. */
  readonly add: (call: GivenCall) => AtLeastOne<ValueId>;
  /** The call whose result a value is; undefined for parameters. */
  readonly definingCall: (value: ValueId) => Call | undefined;
  readonly typeOf: (value: ValueId) => TensorType;
}

/** Gives the new values for a node's results; undefined copies the node. `operands` are its operands in the new graph. */
export type RewriteNode = (node: Node, operands: readonly ValueId[], to: Rewriter) => readonly ValueId[] | undefined;

/** Builds the new graph from the old graph's nodes in order. */
export function rewriteGraph(graph: Graph, rewriteNode: RewriteNode): Graph {
  const { builder, definingCall } = makeRecordingBuilder(graph.name);
  const kernelOf = makeKernelKeeper(graph, builder);
  const newValues = new Map<ValueId, ValueId>();
  const newOf = (value: ValueId): ValueId => {
    const found = newValues.get(value);
    invariant(found !== undefined, `value ${value} of ${graph.name} is read before it is made`);
    return found;
  };
  for (const param of graph.params) {
    const { type, span } = graph.values[param.value] as ValueInfo;
    newValues.set(param.value, builder.param(param.kind, param.name, type, span));
  }
  for (const node of graph.nodes) {
    const operands = node.operands.map(newOf);
    const info: NodeInfo = { span: node.span, kernel: kernelOf(node) };
    const add: Rewriter["add"] = (call) => builder.add(call.op, call.operands, call.attrs, info);
    const replaced = rewriteNode(node, operands, { builder, info, add, definingCall, typeOf: builder.typeOf });
    const results = replaced ?? copyNode(graph, node, operands, { builder, info });
    for (const [index, value] of results.entries()) newValues.set(node.results[index] as ValueId, value);
  }
  for (const { name, value } of graph.results) builder.result(name, newOf(value));
  for (const { param, value } of graph.updates) builder.update(newOf(param), newOf(value));
  return keepNames(graph, builder.finish(), newValues);
}

/** The node with new operands; where their types are the old ones, so are those of its results. */
function copyNode(
  graph: Graph,
  node: Node,
  operands: readonly ValueId[],
  { builder, info }: Pick<Rewriter, "builder" | "info">,
): readonly ValueId[] {
  const areTypesKept = operands.every((operand, index) =>
    typesEqual(builder.typeOf(operand), typeOf(graph, node.operands[index] as ValueId)),
  );
  if (!areTypesKept) return builder.add(node.op, operands, node.attrs, info);
  const types = node.results.map((result) => typeOf(graph, result));
  return builder.copy(node, operands, types, info);
}

/** A graph builder that remembers which call defines each value. */
function makeRecordingBuilder(name: string): Pick<Rewriter, "builder" | "definingCall"> {
  const plain = makeGraphBuilder(name);
  const definitions = new Map<ValueId, Call>();
  const complete = (op: OpName, operands: readonly ValueId[], attrs: LooseAttrs): Call =>
    callOf(op, operands, nodeAttrs(op, operands.map(plain.typeOf), attrs));
  const tryAdd: GraphBuilder["tryAdd"] = (op, operands, attrs, info) => {
    const added = plain.tryAdd(op, operands, attrs, info);
    if (added.ok) for (const value of added.value) definitions.set(value, complete(op, operands, attrs));
    return added;
  };
  const add: GraphBuilder["add"] = (op, operands, attrs = {}, info = {}) => {
    const added = plain.add(op, operands, attrs, info);
    for (const value of added) definitions.set(value, complete(op, operands, attrs as LooseAttrs));
    return added;
  };
  const copy: GraphBuilder["copy"] = (node, operands, types, info) => {
    const copied = plain.copy(node, operands, types, info);
    const call = callOf(node.op, operands, node.attrs);
    for (const value of copied) definitions.set(value, call);
    return copied;
  };
  return { builder: { ...plain, tryAdd, add, copy }, definingCall: (value) => definitions.get(value) };
}

/** Opens a kernel of the new graph when its first node is met, so that a kernel without nodes is gone. */
function makeKernelKeeper(graph: Graph, builder: GraphBuilder): (node: Node) => Node["kernel"] {
  const opened = new Map<Node["kernel"], Node["kernel"]>([[undefined, undefined]]);
  return ({ kernel }) => {
    if (kernel !== undefined && !opened.has(kernel)) {
      opened.set(kernel, builder.kernel((graph.kernels[kernel] as KernelInfo).name));
    }
    return opened.get(kernel);
  };
}

/** Gives each new value the name and span of the first old value that it replaces; parameters keep their own. */
function keepNames(old: Graph, rewritten: Graph, newValues: ReadonlyMap<ValueId, ValueId>): Graph {
  const values = [...rewritten.values];
  for (const [oldValue, newValue] of newValues) {
    const { name, span } = old.values[oldValue] as ValueInfo;
    const info = values[newValue] as ValueInfo;
    if (info.name !== undefined) continue;
    values[newValue] = { ...info, ...(name === undefined ? {} : { name }), ...(span === undefined ? {} : { span }) };
  }
  return { ...rewritten, values };
}

/** The same graph with ids in the order of its nodes, and without values and kernels that no node makes. */
export function renumber(graph: Graph): Graph {
  return rewriteGraph(graph, () => undefined);
}
