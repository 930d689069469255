// Sets of nodes of the graph that statements come from.

import type { NodeId } from "../../ir-spec/base/ids.ts";

export type Origin = readonly NodeId[];

/** Each node once, in the order of the graph. */
export function joinOrigins(origins: readonly (Iterable<NodeId> | undefined)[]): Origin {
  const all = new Set(origins.flatMap((origin) => [...(origin ?? [])]));
  return [...all].sort((a, b) => a - b);
}
