// An execution that touched memory, with all that a message says of it. Memory holds the latest ones of each granule; the
// others are forgotten, so that a long run needs no more memory than a short one.

import { describeSite } from "./describe.ts";
import type { CheckProgram } from "./program.ts";

export interface Event {
  readonly site: number;
  readonly queue: number;
  /** Of its queue. */
  readonly epoch: number;
  /** Of the loops around the site, outermost first. */
  readonly indices: readonly number[];
}

/** In place of the writer of what nothing has written, or what was there from the start. */
export const neverWritten: Event = { site: -1, queue: -1, epoch: 0, indices: [] };
export const writtenAtStart: Event = { site: -2, queue: -1, epoch: 0, indices: [] };

/** Whether it is an execution, and none of the two that stand in for one. */
export const isExecution = ({ site }: Event): boolean => site >= 0;

export function describeEvent({ sites, stream }: CheckProgram, { site, indices }: Event): string {
  return describeSite(sites[site]!, stream, indices);
}
