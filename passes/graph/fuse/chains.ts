// Chains: a product, the row-wise nodes after it and the product that contracts their rows become one kernel, so that the rows
// between them never leave the chip. Whether that is an attention or an MLP does not matter.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Node, NodeOf } from "../../../ir-spec/graph.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { chainObjection, isChain } from "../../lower/chain/levels.ts";
import type { KernelRegion } from "../../lower/region.ts";
import { makeRemark, type Remark } from "../../pass.ts";
import { whyNoRoom, whyNotWorthwhile } from "./chain-needs.ts";
import type { FusionMode } from "./mode.ts";
import type { Partition, Unit } from "./partition.ts";

export interface ChainChoice {
  readonly machine: Machine;
  readonly mode: FusionMode;
}

/** Merges products with what computes the rows that they contract, as far as that pays or where it is forced. */
export function growChains(partition: Partition, choice: ChainChoice): readonly Remark[] {
  return partition.units().flatMap((unit) => growChain(partition, unit, choice));
}

function growChain(partition: Partition, last: Unit, { machine, mode }: ChainChoice): readonly Remark[] {
  const { graph } = partition;
  const product = productOf(partition, last);
  const lhs = product?.operands[0];
  if (product === undefined || lhs === undefined || product.attrs.transpose_lhs) return [];
  const between = soleProducer(partition, lhs, last);
  if (between === undefined) return [];
  const first = productOf(partition, between) === undefined ? sourceProduct(partition, between) : undefined;
  const units = [...(first === undefined ? [] : [first]), between, last];
  if (!units.some((unit) => unit !== last && productOf(partition, unit) !== undefined)) return [];
  const region = regionOf(partition, units);
  if (!isChain(region) || chainObjection(graph, region) !== undefined) return [];
  const name = graph.values[lhs]?.name;
  const about = name === undefined ? "the rows that it contracts" : `"${name}"`;
  // Each unit is read by the next one alone, so that no path leads out of them and back.
  const cheap = mode === "forced" ? undefined : whyNotWorthwhile(graph, region);
  const why = cheap ?? whyNoRoom(graph, region, machine);
  if (why !== undefined) return [makeRemark("missed", "fuse", `not fused with ${about}: ${why}`, product.span)];
  for (const unit of units)
    if (partition.unitOf(last) !== partition.unitOf(unit)) partition.merge(partition.unitOf(last), unit);
  return [];
}

/** The matmul of a unit. */
function productOf(partition: Partition, unit: Unit): NodeOf<"matmul"> | undefined {
  if (partition.roles[unit] === "user") return undefined;
  const found = partition.members(unit).map((index) => partition.graph.nodes[index] as Node);
  return found.find((node) => node.op === "matmul");
}

/** The kernel that makes a value which only `reader` reads. */
function soleProducer(partition: Partition, value: ValueId, reader: Unit): Unit | undefined {
  const definition = partition.definingNode(value);
  if (definition === undefined || partition.isOutput(value)) return undefined;
  const role = partition.roles[partition.unitOf(definition)];
  if (role !== "rows" && role !== "contraction") return undefined;
  const unit = partition.unitOf(definition);
  return unit !== reader && isOnlyReadBy(partition, unit, reader) ? unit : undefined;
}

function isOnlyReadBy(partition: Partition, unit: Unit, reader: Unit): boolean {
  const results = partition.members(unit).flatMap((index) => (partition.graph.nodes[index] as Node).results);
  return results.every((value) => {
    const readers = partition.readersOf(value).map(partition.unitOf);
    return !partition.isOutput(value) && readers.every((other) => other === unit || other === reader);
  });
}

/** The product whose result row-wise nodes read, where nothing else reads it. */
function sourceProduct(partition: Partition, rows: Unit): Unit | undefined {
  return partition
    .sourcesOf(rows)
    .find((unit) => productOf(partition, unit) !== undefined && isOnlyReadBy(partition, unit, rows));
}

function regionOf(partition: Partition, units: readonly Unit[]): KernelRegion {
  const { graph } = partition;
  const members = units.flatMap(partition.members).toSorted((a, b) => a - b);
  const inside = new Set(members);
  const nodes = members.map((index) => graph.nodes[index] as Node);
  const outputs = nodes.flatMap(({ results }) =>
    results.filter(
      (value) => partition.isOutput(value) || partition.readersOf(value).some((reader) => !inside.has(reader)),
    ),
  );
  return { name: "chain", nodes, outputs };
}
