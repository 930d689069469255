// Builds a smaller graph out of a graph: nodes dropped, whose results become parameters where they are still read; values in the place of
// others; other outputs; other sizes. Only what the outputs need is built. Everything is inferred again, and what does not infer is no candidate.

import type { AttrValue, LooseAttrs } from "../../../ir-spec/base/attr.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { isLanguageName } from "../../../ir-spec/base/names.ts";
import { elementCount, type TensorType, typesEqual } from "../../../ir-spec/base/tensor.ts";
import {
  type Graph,
  type GraphResult,
  type Node,
  type Param,
  type StateUpdate,
  typeOf,
  type ValueInfo,
} from "../../../ir-spec/graph.ts";
import { type GraphBuilder, makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { opDef } from "../../../ir-spec/ops/index.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";

export interface Change {
  /** Their results become parameters where something that is kept reads them. */
  readonly dropped?: ReadonlySet<Node>;
  /** Earlier values of the same type in the place of others. */
  readonly replaced?: ReadonlyMap<ValueId, ValueId>;
  readonly results?: readonly GraphResult[];
  readonly updates?: readonly StateUpdate[];
  readonly sizeOf?: (size: number) => number;
  readonly attrsOf?: (node: Node) => LooseAttrs;
  /** Leaves out which nodes the text puts into one kernel. */
  readonly isWithoutKernels?: boolean;
}

/** The changed graph; undefined where there is none. */
export function rebuildGraph(graph: Graph, change: Change): Graph | undefined {
  const results = change.results ?? graph.results;
  const updates = change.updates ?? graph.updates;
  if (results.length + updates.length === 0) return undefined;
  const at = (value: ValueId): ValueId => change.replaced?.get(value) ?? value;
  const needed = neededValues(
    graph,
    change,
    [...results, ...updates].map(({ value }) => at(value)),
  );
  for (const { param } of updates) needed.add(param);
  const building = startBuilding(graph, change, { needed, updates, at });
  for (const node of graph.nodes) if (!addNode(building, node)) return undefined;
  const { builder, values } = building;
  for (const { name, value } of results) builder.result(name, values.get(at(value)) as ValueId);
  for (const { param, value } of updates)
    builder.update(values.get(param) as ValueId, values.get(at(value)) as ValueId);
  const made = builder.finish();
  return verifyGraph(made).length === 0 ? made : undefined;
}

interface Building {
  readonly graph: Graph;
  readonly change: Change;
  readonly builder: GraphBuilder;
  /** Old value -> new value; filled while nodes are added. */
  readonly values: Map<ValueId, ValueId>;
  readonly kernels: Map<Node["kernel"], Node["kernel"]>;
  readonly needed: ReadonlySet<ValueId>;
  readonly at: (value: ValueId) => ValueId;
  readonly takenNames: Set<string>;
}

function neededValues(graph: Graph, { dropped, replaced }: Change, outputs: readonly ValueId[]): Set<ValueId> {
  const needed = new Set<ValueId>(outputs);
  for (const node of graph.nodes.toReversed()) {
    if (dropped?.has(node) || !node.results.some((result) => needed.has(result))) continue;
    for (const operand of node.operands) needed.add(replaced?.get(operand) ?? operand);
  }
  return needed;
}

function startBuilding(
  graph: Graph,
  change: Change,
  { needed, updates, at }: Pick<Building, "needed" | "at"> & { readonly updates: readonly StateUpdate[] },
): Building {
  const builder = makeGraphBuilder(graph.name);
  const values = new Map<ValueId, ValueId>();
  const updated = new Set(updates.map(({ param }) => param));
  const kindOf = ({ kind, value }: Param): Param["kind"] => (kind === "state" && !updated.has(value) ? "input" : kind);
  for (const param of graph.params) {
    if (!needed.has(param.value)) continue;
    const type = typeWithSizes(typeOf(graph, param.value), change);
    values.set(param.value, builder.param(kindOf(param), param.name, type));
  }
  const takenNames = new Set([...graph.params, ...graph.results].map(({ name }) => name));
  return { graph, change, builder, values, kernels: new Map(), needed, at, takenNames };
}

function typeWithSizes({ dtype, shape }: TensorType, { sizeOf }: Change): TensorType {
  return { dtype, shape: sizeOf === undefined ? shape : shape.map(sizeOf) };
}

/** Adds what is needed of a node; false where it does not infer. */
function addNode(building: Building, node: Node): boolean {
  const { graph, change, builder, values, needed, at } = building;
  if (!node.results.some((result) => needed.has(result))) return true;
  if (change.dropped?.has(node)) {
    for (const value of node.results) if (needed.has(value)) addParameter(building, value);
    return true;
  }
  const operands = node.operands.map((operand) => values.get(at(operand)) as ValueId);
  const attrs = attrsWithSizes({ ...(change.attrsOf?.(node) ?? node.attrs) }, node, change);
  const names = node.results.map((result) => (graph.values[result] as ValueInfo).name);
  const kernel = change.isWithoutKernels === true ? undefined : kernelOf(building, node);
  const added = builder.tryAdd(node.op, operands, attrs, { names, kernel });
  if (!added.ok) return false;
  for (const [index, result] of node.results.entries()) values.set(result, added.value[index] as ValueId);
  return change.sizeOf !== undefined || node.results.every((result) => isSameType(building, result));
}

const isSameType = ({ graph, builder, values }: Building, value: ValueId): boolean =>
  typesEqual(builder.typeOf(values.get(value) as ValueId), typeOf(graph, value));

function addParameter({ graph, change, builder, values, takenNames }: Building, value: ValueId): void {
  const { name, type } = graph.values[value] as ValueInfo;
  const wanted = name !== undefined && isLanguageName(name) ? name : `v${value}`;
  const free = takenNames.has(wanted) ? freeName(wanted, takenNames) : wanted;
  takenNames.add(free);
  values.set(value, builder.param("input", free, typeWithSizes(type, change)));
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let count = 1;
  while (taken.has(`${name}_${count}`)) count++;
  return `${name}_${count}`;
}

function kernelOf({ graph, builder, kernels }: Building, { kernel }: Node): Node["kernel"] {
  if (kernel === undefined) return undefined;
  if (!kernels.has(kernel)) kernels.set(kernel, builder.kernel(graph.kernels[kernel]?.name ?? "k"));
  return kernels.get(kernel);
}

/** The sizes among the attributes changed as well, and a constant's elements as many as its shape says then. */
function attrsWithSizes(attrs: Record<string, AttrValue | undefined>, { op }: Node, { sizeOf }: Change): LooseAttrs {
  if (sizeOf === undefined) return attrs;
  const kinds = Object.entries(opDef(op).attrs);
  for (const [name, { kind }] of kinds) {
    const value = attrs[name];
    if (kind === "ints" && Array.isArray(value)) attrs[name] = (value as readonly number[]).map(sizeOf);
    if (kind === "int" && typeof value === "number") attrs[name] = sizeOf(value);
  }
  for (const [name, { kind }] of kinds) {
    const [value, shape] = [attrs[name], attrs.shape];
    if (kind !== "floats" || !Array.isArray(value) || !Array.isArray(shape)) continue;
    const count = elementCount(shape as readonly number[]);
    attrs[name] = Array.from({ length: count }, (_, at) => value[at % value.length] as number);
  }
  return attrs;
}
