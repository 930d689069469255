// The normal form of a graph (stages 2 and 3): parameters and results by name, nodes in their structural order, kernel by
// kernel, and values named after their op. What no result needs is left out. Two graphs that differ in nothing but the order
// of independent statements, or in names that are no interface, have the same normal form.

import { type AttrKind, attrValuesEqual, printAttrValue } from "../../../ir-spec/base/attr.ts";
import { type KernelId, kernelId, type ValueId, valueId } from "../../../ir-spec/base/ids.ts";
import { takeName } from "../../../ir-spec/base/names.ts";
import { makeScope } from "../../../ir-spec/base/scoped.ts";
import { printType } from "../../../ir-spec/base/tensor.ts";
import {
  type Attrs,
  definingNodes,
  type Graph,
  graphOutputs,
  type Node,
  typeOf,
  type ValueInfo,
} from "../../../ir-spec/graph.ts";
import { opDef } from "../../../ir-spec/ops/index.ts";
import { hashText } from "./hash.ts";
import { kernelNameOf } from "./kernel-name.ts";
import { compareTexts, type Ordered, orderByRoots, structuralOrder } from "./order.ts";

/** The name of every graph in the normal form, as a name changes nothing. */
const graphName = "main";

/** Brings a graph into the normal form; a normal graph comes back equal. */
export function normalGraph(graph: Graph): Graph {
  const groups = orderGroups(graph);
  const nodes = groups.flatMap((group) => group.nodes);
  return renumber(graph, nodes, nameKernels(graph, groups));
}

/** The graph with its nodes in their structural order, all else as it is; what no result needs is left out. */
export function orderGraph(graph: Graph): Graph {
  return { ...graph, nodes: orderGroups(graph).flatMap(({ nodes }) => nodes) };
}

/** Nodes that stay together: those of a kernel, or one by itself. */
interface Group {
  readonly kernel: KernelId | undefined;
  /** The output for which it is there. */
  readonly output: string;
  /** In their structural order. */
  readonly nodes: readonly Node[];
}

/** The groups that the results need, in their structural order. */
function orderGroups(graph: Graph): readonly Group[] {
  const hashes = hashNodes(graph);
  const members = groupNodes(graph);
  const groupOf = new Map(members.flatMap((nodes, group) => nodes.map((node) => [node, group] as const)));
  const definitions = definingNodes(graph);
  const groups = members.map((nodes) => orderGroup(graph, nodes, hashes));
  const definingGroup = (value: ValueId): number | undefined => groupOf.get(definitions[value] ?? -1);
  const statements = groups.map(({ nodes }, index): Ordered => {
    const needs = nodes.flatMap(({ operands }) => operands.map(definingGroup));
    return { key: "", needs: [...new Set(needs)].filter((need) => need !== undefined && need !== index) as number[] };
  });
  const roots = outputsByName(graph).flatMap(({ name, value }) => {
    const root = definingGroup(value);
    return root === undefined ? [] : [{ name, root }];
  });
  const names = new Map(roots.toReversed().map(({ name, root }) => [root, name]));
  return orderByRoots(
    statements,
    roots.map(({ root }) => root),
  ).map(({ index, root }) => ({ ...(groups[index] as Group), output: names.get(root) ?? "" }));
}

function outputsByName(graph: Graph): readonly { readonly name: string; readonly value: ValueId }[] {
  return graphOutputs(graph).toSorted((a, b) => compareTexts(a.name, b.name));
}

/** Indices of the nodes of each group. */
function groupNodes(graph: Graph): readonly (readonly number[])[] {
  const byKernel = new Map<KernelId, number[]>();
  const groups: number[][] = [];
  for (const [index, { kernel }] of graph.nodes.entries()) {
    const known = kernel === undefined ? undefined : byKernel.get(kernel);
    if (known !== undefined) {
      known.push(index);
      continue;
    }
    const group = [index];
    groups.push(group);
    if (kernel !== undefined) byKernel.set(kernel, group);
  }
  return groups;
}

function orderGroup(graph: Graph, indices: readonly number[], hashes: readonly string[]): Group {
  const own = indices.map((index) => graph.nodes[index] as Node);
  const definedBy = new Map(own.flatMap(({ results }, index) => results.map((value) => [value, index] as const)));
  const statements = own.map(({ operands }, index): Ordered => {
    const needs = operands.flatMap((operand) => definedBy.get(operand) ?? []);
    return { key: hashes[indices[index] ?? 0] ?? "", needs };
  });
  return { kernel: own[0]?.kernel, output: "", nodes: structuralOrder(statements).map((index) => own[index] as Node) };
}

/** What each node computes, from the parameters on: equal hashes, equal values. */
export function hashNodes(graph: Graph): readonly string[] {
  const ofValue = new Map<ValueId, string>(graph.params.map(({ name, value }) => [value, JSON.stringify(name)]));
  return graph.nodes.map((node) => {
    const operands = node.operands.map((operand) => ofValue.get(operand) ?? "");
    const types = node.results.map((result) => printType(typeOf(graph, result)));
    const hash = hashText(JSON.stringify([node.op, nonDefaultAttrs(node), types, operands]));
    for (const [index, result] of node.results.entries()) ofValue.set(result, `${hash}.${index}`);
    return hash;
  });
}

/** An attribute that an op gets later, with a default that changes nothing, changes no hash. */
function nonDefaultAttrs(node: Node): readonly string[] {
  const kinds: Readonly<Record<string, AttrKind>> = opDef(node.op).attrs;
  const attrs: Attrs = node.attrs;
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const value = attrs[name] ?? null;
    return attrValuesEqual(value, kind.default ?? null) ? [] : [`${name}=${printAttrValue(kind, value)}`];
  });
}

function nameKernels(graph: Graph, groups: readonly Group[]): ReadonlyMap<KernelId, string> {
  const outputs = outputsByName(graph);
  const taken = makeScope<string, number>();
  const names = new Map<KernelId, string>();
  for (const { kernel, output, nodes } of groups) {
    if (kernel === undefined) continue;
    const made = new Set(nodes.flatMap(({ results }) => results));
    const written = outputs.filter(({ value }) => made.has(value)).map(({ name }) => name);
    const ops = [...new Set(nodes.map(({ op }) => op))].sort(compareTexts);
    names.set(kernel, takeName(taken, kernelNameOf({ outputs: written, ops, rootOutputs: [output] })));
  }
  return names;
}

function renumber(graph: Graph, nodes: readonly Node[], kernelNames: ReadonlyMap<KernelId, string>): Graph {
  const values: ValueInfo[] = [];
  const newIds = new Map<ValueId, ValueId>();
  const kernels = new Map([...kernelNames.keys()].map((old, index) => [old, kernelId(index)]));
  const taken = makeScope<string, number>();
  const add = (old: ValueId, name: string): ValueId => {
    const id = valueId(values.length);
    newIds.set(old, id);
    values.push({ type: typeOf(graph, old), name });
    return id;
  };
  const idOf = (old: ValueId): ValueId => newIds.get(old) ?? old;
  const params = graph.params
    .toSorted((a, b) => compareTexts(a.name, b.name))
    .map((param) => ({ ...param, value: add(param.value, param.name) }));
  const ordered = nodes.map((node): Node => {
    const { op, operands, kernel, results } = node;
    const around = kernel === undefined ? "" : `${kernelNames.get(kernel)}_`;
    const [first, ...more] = results;
    const addOf = (old: ValueId): ValueId => add(old, takeName(taken, `${around}${op}`));
    const newResults = [addOf(first), ...more.map(addOf)] as const;
    const { span: _span, ...kept } = node;
    const inKernel = kernel === undefined ? {} : { kernel: kernels.get(kernel) ?? kernel };
    return { ...kept, operands: operands.map(idOf), results: newResults, ...inKernel };
  });
  const paramIds = new Map(params.map(({ value }, index) => [value, index]));
  const updates = graph.updates.map(({ param, value }) => ({ param: idOf(param), value: idOf(value) }));
  return {
    name: graphName,
    values,
    params,
    nodes: ordered,
    kernels: [...kernelNames.values()].map((name) => ({ name })),
    results: graph.results
      .toSorted((a, b) => compareTexts(a.name, b.name))
      .map(({ name, value }) => ({ name, value: idOf(value) })),
    updates: updates.toSorted((a, b) => (paramIds.get(a.param) ?? 0) - (paramIds.get(b.param) ?? 0)),
  };
}
