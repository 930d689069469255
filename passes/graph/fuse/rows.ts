// Rows kernels: elementwise nodes and reductions of the last axis, or axes, over one iteration space S. Each node's result has the
// shape S, or S with these axes reduced to 1; besides, an elementwise node may compute a single row that all rows share
// (such as a scale that is cast), when only this kernel reads it.

import { printShape, type Shape } from "../../../ir-spec/base/tensor.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { makeRemark, type Remark } from "../../pass.ts";
import type { Partition, Unit } from "./partition.ts";
import { broadcastsTo } from "./roles.ts";
import { commonSpace, ownSpace } from "./unit-facts.ts";

/** Merges rows nodes with those that compute their operands, then takes in the small tensors that only one kernel reads. */
export function growRows(partition: Partition): void {
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
  return partition.factsOf(partition.unitOf(index)).areBlocks;
}

/** Why a unit and one whose values it reads cannot be one kernel, or undefined when they can. */
function whyApart(partition: Partition, source: Unit, reader: Unit): string | undefined {
  if (commonSpace([partition.factsOf(source), partition.factsOf(reader)]) === undefined) return "their rows differ";
  return partition.canMerge(source, reader)
    ? undefined
    : "a kernel between them reads the one and is read by the other";
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
  // No path leads through a third kernel, since only this one reads it.
  if (spaces.has(unit) && isElementwise && areRows) partition.merge(reader, unit);
}

function isRowOf(shape: Shape, space: Shape): boolean {
  return broadcastsTo(shape, space) && shape.slice(0, -1).every((size) => size === 1);
}

/** The iteration space of each rows unit. */
function findSpaces(partition: Partition): ReadonlyMap<Unit, Shape> {
  return new Map(
    partition.units().flatMap((unit): readonly (readonly [Unit, Shape])[] => {
      const facts = partition.factsOf(unit);
      const space = facts.areBlocks ? commonSpace([facts]) : undefined;
      return space === undefined ? [] : [[unit, space]];
    }),
  );
}

/** One remark for each pair of rows kernels of which one reads the other. */
export function remarkMissedFusions(partition: Partition, names: readonly string[]): readonly Remark[] {
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
