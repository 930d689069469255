// Writes a partition down as a graph: orders the units, gives each that does work a kernel, and gives every kernel its
// own copies of the numbers and indices that it reads.

import { kernelId, type ValueId, valueId } from "../../../ir-spec/base/ids.ts";
import type { Graph, KernelInfo, Node, ValueInfo } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { renumber } from "../../rewrite.ts";
import { makeKernelNamer } from "./kernel-names.ts";
import type { Partition, Unit } from "./partition.ts";

/** The graph with its nodes in the order of the units, and with their kernels. */
export function writeKernels(partition: Partition): Graph {
  const { graph, roles } = partition;
  const values: ValueInfo[] = [...graph.values];
  const nodes: Node[] = [];
  const kernels: KernelInfo[] = [...graph.kernels];
  const nameKernel = makeKernelNamer(partition);
  for (const unit of orderUnits(partition)) {
    const own = copyUnit(partition, unit, values);
    if (roles[unit] === "view" || roles[unit] === "user") {
      nodes.push(...own);
      continue;
    }
    const kernel = kernelId(kernels.length);
    kernels.push({ name: nameKernel(unit) });
    nodes.push(...own.map((node) => ({ ...node, kernel })));
  }
  return renumber({ ...graph, values, nodes, kernels });
}

/** Every unit after the units that it reads, else in the order of their first nodes. Copied nodes are left out. */
function orderUnits(partition: Partition): readonly Unit[] {
  const ordered = new Set<Unit>();
  const leftOut = new Set<Unit>();
  const visit = (unit: Unit): void => {
    if (ordered.has(unit) || leftOut.has(unit)) return;
    if (isOnlyCopied(partition, unit)) {
      leftOut.add(unit);
      return;
    }
    for (const source of partition.sourcesOf(unit)) visit(source);
    ordered.add(unit);
  };
  for (const unit of partition.units()) visit(unit);
  return [...ordered];
}

/** Whether every reader of a unit has its own copy of it. */
function isOnlyCopied(partition: Partition, unit: Unit): boolean {
  if (partition.roles[unit] !== "rematerialisable") return false;
  const { results } = partition.graph.nodes[unit] as Node;
  const isRead = results.some((value) => partition.readersOf(value).length > 0);
  const isKept = results.some(
    (value) =>
      partition.isOutput(value) || partition.readersOf(value).some((reader) => !takesCopy(partition, reader, value)),
  );
  return isRead && !isKept;
}

/** Whether the kernel of node `reader` rematerialises its operand `value`. */
function takesCopy(partition: Partition, reader: number, value: ValueId): boolean {
  const { graph, roles } = partition;
  const definition = partition.definingNode(value);
  if (
    definition === undefined ||
    roles[definition] !== "rematerialisable" ||
    !isKind((graph.nodes[reader] as Node).op, "elementwise")
  ) {
    return false;
  }
  const unit = partition.unitOf(reader);
  const role = roles[unit];
  return (
    role === "rows" ||
    role === "block" ||
    role === "rematerialisable" ||
    // A kernel of products that has row-wise steps of its own knows their rows and columns.
    partition.factsOf(unit).hasReduction ||
    (graph.nodes[definition] as Node).op === "full"
  );
}

/** The nodes of a unit, each after copies of the rematerialisable ones that it reads; values of copies are added to `values`. */
function copyUnit(partition: Partition, unit: Unit, values: ValueInfo[]): readonly Node[] {
  const { graph } = partition;
  const nodes: Node[] = [];
  const copies = new Map<ValueId, ValueId>();
  const { kernel } = graph.nodes[unit] as Node;
  const copyOf = (value: ValueId): ValueId => {
    const known = copies.get(value);
    if (known !== undefined) return known;
    const definition = graph.nodes[partition.definingNode(value) as number] as Node;
    const operands = definition.operands.map(copyOf);
    const copy = valueId(values.length);
    values.push(graph.values[value] as ValueInfo);
    copies.set(value, copy);
    nodes.push({ ...definition, operands, results: [copy], ...(kernel === undefined ? {} : { kernel }) });
    return copy;
  };
  for (const index of partition.members(unit)) {
    const node = graph.nodes[index] as Node;
    const operands = node.operands.map((value) => (takesCopy(partition, index, value) ? copyOf(value) : value));
    nodes.push({ ...node, operands });
  }
  return nodes;
}
