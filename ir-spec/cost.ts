// What a pass may ask about time: the types of the cost functions that a target hands in, so that the choice of tiles and engines
// uses real instruction costs though no pass knows a target.

import type { Access, EngineHint, TileBuffer, TileNode } from "./tile.ts";

/** The time that a statement keeps an engine busy (ns), borders counting as whole tiles; undefined where the engine cannot run it. */
export type EngineCost = (
  node: TileNode,
  engine: EngineHint,
  bufferInfo: (buffer: Access["buffer"]) => TileBuffer,
) => number | undefined;

/** What one execution of a statement takes (ns), borders counting as whole tiles. */
export interface StepTime {
  /** An engine, or all DMA engines together. */
  readonly unit: "pe" | "act" | "dve" | "pool" | "dma";
  /** Until its queue starts its next statement. */
  readonly issueNs: number;
  /** For which the unit does nothing else. */
  readonly busyNs: number;
  /** From the start until its result is there. */
  readonly latencyNs: number;
  /** From when what it reads is there to its start, while the one before it may still run: the array loads its stationary operand. */
  readonly leadNs: number;
}

export type StepCost = (node: TileNode, bufferInfo: (buffer: Access["buffer"]) => TileBuffer) => StepTime;
