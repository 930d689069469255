// Units that could be one kernel.

import type { Node } from "../../../ir-spec/graph.ts";
import type { KernelRegion } from "../../lower/region.ts";
import type { Partition, Unit } from "./partition.ts";

export interface Group {
  readonly units: readonly Unit[];
  readonly region: KernelRegion;
}

/** The kernel that some units would be. */
export function regionOf(partition: Partition, units: readonly Unit[]): KernelRegion {
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
