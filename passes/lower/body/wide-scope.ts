// What is known of a loop whose iterations are done side by side.

import type { Affine, Extent } from "../../../ir-spec/affine.ts";
import type { BufferId, LoopId } from "../../../ir-spec/base/ids.ts";
import type { Access, TileNode } from "../../../ir-spec/tile.ts";
import type { LowerContext } from "../region.ts";
import { accessesOf, type BodyUses } from "./uses.ts";

/** Where a buffer's contents are in all iterations: those of the next one `step` elements behind. */
export interface Place {
  readonly buffer: BufferId;
  readonly step: number;
}

export interface WideScope {
  readonly context: LowerContext;
  readonly loop: LoopId;
  readonly count: number;
  readonly places: ReadonlyMap<BufferId, Place>;
  /** Buffers whose contents differ from iteration to iteration. */
  readonly varying: ReadonlySet<BufferId>;
  /** Whether functions that add a number for each row, or add up rows, are divided into steps. */
  readonly areTogether: boolean;
  /** Of the body that the statement is in. */
  readonly uses: BodyUses;
}

export const scaleOf = ({ terms }: Affine, loop: LoopId): number =>
  terms.find((candidate) => candidate.loop === loop)?.scale ?? 0;

export const withoutLoop = (affine: Affine, loop: LoopId): Affine => ({
  ...affine,
  terms: affine.terms.filter((candidate) => candidate.loop !== loop),
});

export const isIn = (loop: LoopId, { limit }: Extent): boolean => limit !== undefined && scaleOf(limit, loop) !== 0;
export const sizesOf = ({ partition, dims }: Access): readonly Extent[] => [
  partition.size,
  ...dims.map(({ size }) => size),
];

/** Whether a statement itself says something of a loop. */
export function usesLoop(node: TileNode, loop: LoopId): boolean {
  if (node.base !== undefined && scaleOf(node.base, loop) !== 0) return true;
  return accessesOf(node).some(
    ([access]) => scaleOf(access.offset, loop) !== 0 || sizesOf(access).some((size) => isIn(loop, size)),
  );
}
