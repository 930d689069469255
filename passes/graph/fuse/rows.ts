// Rows kernels: elementwise nodes and reductions of the last axis over one iteration space S. Each node's result has the
// shape S, or S with the last axis reduced to 1; besides, an elementwise node may compute a single row that all rows share
// (such as a scale that is cast), when only this kernel reads it.

import { printShape, type Shape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { makeRemark, type Remark } from "../../pass.ts";
import type { Partition, Unit } from "./partition.ts";
import { broadcastsTo, reducedShape } from "./roles.ts";

/** Merges rows nodes with those that compute their operands, then takes in the small tensors that only one kernel reads. */
export function growRows(partition: Partition, names: readonly string[]): readonly Remark[] {
  const { graph } = partition;
  graph.nodes.forEach((_node, index) => {
    for (const producer of rowsProducers(partition, index)) {
      const unit = partition.unitOf(producer);
      const other = partition.unitOf(index);
      if (unit !== other && whyApart(partition, unit, other) === undefined) partition.merge(unit, other);
    }
  });
  const spaces = findSpaces(partition);
  for (const unit of [...spaces.keys()].reverse()) absorb(partition, unit, spaces);
  return remarkMissedFusions(partition, names);
}

/** The rows nodes in other rows kernels that compute the operands of a rows node. */
function rowsProducers(partition: Partition, index: number): readonly number[] {
  if (!isRows(partition, index)) return [];
  return (partition.graph.nodes[index] as Node).operands.flatMap((operand) => {
    const producer = partition.definingNode(operand);
    const isOther = producer !== undefined && partition.unitOf(producer) !== partition.unitOf(index);
    return isOther && isRows(partition, producer) ? [producer] : [];
  });
}

/** True for rows nodes that no matmul has taken. */
function isRows(partition: Partition, index: number): boolean {
  const members = partition.members(partition.unitOf(index));
  return partition.roles[index] === "rows" && members.every((member) => partition.roles[member] === "rows");
}

/** Why two units cannot be one kernel, or undefined when they can. */
function whyApart(partition: Partition, a: Unit, b: Unit): string | undefined {
  const { graph } = partition;
  const space = spaceOf(graph, [...partition.members(a), ...partition.members(b)]);
  if (space === undefined) return "their rows differ";
  return partition.canMerge(a, b) ? undefined : "a kernel between them reads the one and is read by the other";
}

/** The iteration space of rows nodes, or undefined when they have none in common. */
export function spaceOf(graph: Graph, members: readonly number[]): Shape | undefined {
  const spaces = members.map((index) => ownSpace(graph, graph.nodes[index] as Node));
  const space = spaces.find((shape) => shape.at(-1) !== 1) ?? spaces[0];
  if (space === undefined) return undefined;
  const fits = members.every((index, position) => {
    const own = spaces[position] as Shape;
    if (shapesEqual(own, space)) return true;
    const isReduction = isKind((graph.nodes[index] as Node).op, "reduce");
    return !isReduction && shapesEqual(own, reducedShape(space));
  });
  return fits ? space : undefined;
}

/** The elements that a node goes through: those of its operand for a reduction, else those of its result. */
function ownSpace(graph: Graph, node: Node): Shape {
  const [value] = isKind(node.op, "reduce") ? node.operands : node.results;
  return value === undefined ? [] : typeOf(graph, value).shape;
}

/**
 * Merges a unit whose results are single rows (all axes but the last are 1), or are only cast, with the only rows kernel that reads
 * it. They are then computed there, instead of in a kernel of their own and through HBM: casts cost nothing, however often.
 */
function absorb(partition: Partition, unit: Unit, spaces: ReadonlyMap<Unit, Shape>): void {
  const { graph } = partition;
  const members = partition.members(unit);
  const results = members.flatMap((index) => (graph.nodes[index] as Node).results);
  const [reader, ...others] = new Set(
    results
      .flatMap((value) => partition.readersOf(value))
      .map(partition.unitOf)
      .filter((other) => other !== unit),
  );
  const space = reader === undefined ? undefined : spaces.get(reader);
  if (reader === undefined || space === undefined || others.length > 0 || results.some(partition.isOutput)) return;
  const isElementwise = members.every((index) => isKind((graph.nodes[index] as Node).op, "elementwise"));
  const areCasts = members.every((index) => (graph.nodes[index] as Node).op === "cast");
  const areRows = results.every((value) => {
    const { shape } = typeOf(graph, value);
    return areCasts ? broadcastsTo(shape, space) : isRowOf(shape, space);
  });
  if (spaces.has(unit) && isElementwise && areRows && partition.canMerge(reader, unit)) partition.merge(reader, unit);
}

function isRowOf(shape: Shape, space: Shape): boolean {
  return broadcastsTo(shape, space) && shape.slice(0, -1).every((size) => size === 1);
}

/** The iteration space of each rows unit. */
function findSpaces(partition: Partition): ReadonlyMap<Unit, Shape> {
  return new Map(
    partition.units().flatMap((unit): readonly (readonly [Unit, Shape])[] => {
      const members = partition.members(unit);
      const space = members.every((index) => isRows(partition, index)) ? spaceOf(partition.graph, members) : undefined;
      return space === undefined ? [] : [[unit, space]];
    }),
  );
}

/** One remark for each pair of rows kernels of which one reads the other. */
function remarkMissedFusions(partition: Partition, names: readonly string[]): readonly Remark[] {
  const { graph } = partition;
  const reported = new Set<string>();
  return graph.nodes.flatMap((node, index) =>
    rowsProducers(partition, index).flatMap((producer): readonly Remark[] => {
      const pair = `${partition.unitOf(producer)} ${partition.unitOf(index)}`;
      if (reported.has(pair)) return [];
      reported.add(pair);
      const producerNode = graph.nodes[producer] as Node;
      const describe = (of: Node): string => `"${names[of.results[0] as number]}" ${printShape(ownSpace(graph, of))}`;
      const why = whyApart(partition, partition.unitOf(producer), partition.unitOf(index)) ?? "their kernels differ";
      const text = `not fused: ${describe(producerNode)} and ${describe(node)}: ${why}`;
      return [makeRemark("missed", "fuse", text, node.span)];
    }),
  );
}
