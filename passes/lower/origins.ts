// Sets of nodes of the graph that statements come from.

import type { NodeId } from "../../ir-spec/base/ids.ts";
import type { TileNode } from "../../ir-spec/tile.ts";

export type Origin = readonly NodeId[];

/** Each node once, in the order of the graph. */
export function joinOrigins(origins: readonly (Iterable<NodeId> | undefined)[]): Origin {
  const all = new Set(origins.flatMap((origin) => [...(origin ?? [])]));
  return [...all].sort((a, b) => a - b);
}

/** The origin of a statement, for one that takes its place; it may have none. */
export function originIn({ origin }: TileNode): Pick<TileNode, "origin"> {
  return origin === undefined ? {} : { origin };
}
