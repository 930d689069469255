// The queues of the models of time: one for each engine, one for all stores, and one for each buffer that is loaded, as what is loaded
// early waits for nobody.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { StepTime } from "../../ir-spec/cost.ts";
import type { TileBuffer, TileNode } from "../../ir-spec/tile.ts";

const units = ["pe", "act", "dve", "pool"] as const;

/** That of all stores, and the first of those that transfer; before it come the engines. */
export const storeQueue = units.length;

export interface ModelQueues {
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
  /** The queue of each buffer that is loaded. Changed in place. */
  readonly loads: Map<BufferId, number>;
}

/** The number of the queue that runs a statement, which `unit` does. */
export function queueOf({ bufferInfo, loads }: ModelQueues, node: TileNode, unit: StepTime["unit"]): number {
  if (unit !== "dma") return units.indexOf(unit);
  const dst = node.operands.dst?.buffer;
  if (dst === undefined || bufferInfo(dst).memory === "hbm") return storeQueue;
  const queue = loads.get(dst) ?? storeQueue + 1 + loads.size;
  loads.set(dst, queue);
  return queue;
}
