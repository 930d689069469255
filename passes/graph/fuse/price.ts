// What fusions are priced with: the nodes of a kernel as a graph of their own, which the estimate of times takes. Equal ones are priced
// once, so the layers of a model cost what one of them costs.

import { kernelId, type ValueId, valueId } from "../../../ir-spec/base/ids.ts";
import type { Graph, GraphResult, Node, Param, ValueInfo } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import type { PassEnv } from "../../pass.ts";
import type { Partition, Unit } from "./partition.ts";

/** The time of some units as one kernel (ns); undefined where they are none or do not fit. */
export type Price = (units: readonly Unit[]) => number | undefined;

export function makePrice(partition: Partition, kernelsNs: PassEnv["kernelsNs"]): Price {
  return onceForEqual(partition, (_units, kernel) => kernelsNs(kernel));
}

/** Answers what is asked of some units as one kernel, once for equal kernels. */
export function onceForEqual<T>(
  partition: Partition,
  answer: (units: readonly Unit[], kernel: Graph) => T,
): (units: readonly Unit[]) => T {
  const known = new Map<string, T>();
  return (units) => {
    const graph = kernelGraph(partition, units);
    const key = keyOfEqual(graph);
    if (!known.has(key)) known.set(key, answer(units, graph));
    return known.get(key) as T;
  };
}

/** Values are numbered in the order of the text, so equal graphs have equal keys, whatever their names. */
export function keyOfEqual({ params, values, nodes, results }: Graph): string {
  return JSON.stringify([
    params.map(({ value }) => value),
    values.map(({ type }) => type),
    nodes.map((node) => [node.op, attrsInKey(node), node.operands, node.kernel]),
    results.map(({ value }) => value),
  ]);
}

/** Where a slice begins makes no difference: layers read slices of the same tensors. */
function attrsInKey(node: Node): unknown {
  return node.op === "slice" ? [node.attrs.axes, node.attrs.steps] : node.attrs;
}

interface Building {
  readonly partition: Partition;
  readonly members: ReadonlySet<number>;
  /** Whether the kernel makes masks and indices by itself. */
  readonly countsPositions: boolean;
  readonly values: ValueInfo[];
  readonly newOf: Map<ValueId, ValueId>;
  readonly params: Param[];
  readonly views: Node[];
  readonly nodes: Node[];
}

/** A graph of one kernel that some units would be, with the views through which it reads its operands. */
function kernelGraph(partition: Partition, units: readonly Unit[]): Graph {
  const members = units.flatMap(partition.members).toSorted((a, b) => a - b);
  const facts = units.map(partition.factsOf);
  const building: Building = {
    partition,
    members: new Set(members),
    countsPositions: facts.some(({ hasReduction }) => hasReduction) || facts.every(({ areRows }) => areRows),
    ...{ values: [], newOf: new Map(), params: [], views: [], nodes: [] },
  };
  for (const index of members) addNode(building, index, building.nodes);
  const { params, values, views, nodes } = building;
  const kernel = kernelId(0);
  return {
    name: "priced",
    params,
    values,
    nodes: [...views, ...nodes.map((node) => ({ ...node, kernel }))],
    kernels: [{ name: "kernel" }],
    results: resultsOf(building, members),
    updates: [],
  };
}

function resultsOf({ partition, members, newOf }: Building, order: readonly number[]): readonly GraphResult[] {
  const { graph, isOutput, readersOf } = partition;
  const made = order.flatMap((index) => (graph.nodes[index] as Node).results);
  const isStored = (value: ValueId): boolean =>
    isOutput(value) || readersOf(value).some((reader) => !members.has(reader));
  return made.filter(isStored).map((value, index) => ({ name: `r${index}`, value: newOf.get(value) as ValueId }));
}

/** Adds a node after those that make its operands; what the kernel does not make by itself is a parameter. */
function addNode(building: Building, index: number, to: Node[]): void {
  const node = building.partition.graph.nodes[index] as Node;
  const operands = node.operands.map((value) => addOperand(building, node, value));
  const results = node.results.map((value) => addValue(building, value));
  to.push({ ...node, operands, results } as unknown as Node);
}

function addOperand(building: Building, reader: Node, value: ValueId): ValueId {
  const { partition, newOf, params, views, nodes } = building;
  const known = newOf.get(value);
  if (known !== undefined) return known;
  const definition = partition.definingNode(value);
  const role = definition === undefined ? undefined : partition.roles[definition];
  if (definition !== undefined && role === "view") addNode(building, definition, views);
  else if (definition !== undefined && role === "rematerialisable" && takesCopy(building, reader, definition))
    addNode(building, definition, nodes);
  else params.push({ kind: "input", name: `p${params.length}`, value: addValue(building, value) });
  return newOf.get(value) as ValueId;
}

/** As in kernels.ts, for a kernel that is not there yet. */
function takesCopy({ partition, countsPositions }: Building, reader: Node, definition: number): boolean {
  if (!isKind(reader.op, "elementwise")) return false;
  return countsPositions || partition.graph.nodes[definition]?.op === "full";
}

function addValue({ partition, values, newOf }: Building, value: ValueId): ValueId {
  const { type } = partition.graph.values[value] as ValueInfo;
  const added = valueId(values.length);
  values.push({ type });
  newOf.set(value, added);
  return added;
}
