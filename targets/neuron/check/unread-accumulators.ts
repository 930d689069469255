// Folds that accumulators hold for nothing: an instruction leaves one there for later instructions, and none of them continues
// from it or reads it out before something else takes its place. No mistake, as with memory (unread.ts); but it is reported whatever
// other results the instruction has, since its `reduce_cmd` asks for the fold.

import type { NamedUse } from "../isa/lanes.ts";
import { describeEvent, type Event } from "./events.ts";
import type { Notes } from "./findings.ts";
import type { CheckProgram } from "./program.ts";

/** By lane, the execution that left a fold there which nothing has read. */
type Unread = Map<number, Event>;

/** What the accumulators of each queue's engine hold unread; changed in place. */
export type UnreadAccumulators = readonly Unread[];

export function makeUnreadAccumulators({ stream }: CheckProgram): UnreadAccumulators {
  return stream.queues.map(() => new Map());
}

/** Takes in what an execution does with accumulators; returns those whose folds it puts something else in place of. */
export function useAccumulators(unread: UnreadAccumulators, uses: readonly NamedUse[], event: Event): readonly Event[] {
  const ofQueue = unread[event.queue]!;
  return uses.flatMap(({ registers, use }) =>
    registers.name === "accumulator" ? useAccumulator(ofQueue, use, event) : [],
  );
}

function useAccumulator(unread: Unread, { first, count, isRead, isForLater }: NamedUse["use"], event: Event) {
  if (unread.size === 0 && !isForLater) return [];
  const lost = new Set<Event>();
  for (let lane = first; lane < first + count; lane++) {
    const writer = unread.get(lane);
    if (writer !== undefined && !isRead) lost.add(writer);
    if (isForLater) unread.set(lane, event);
    else unread.delete(lane);
  }
  return [...lost];
}

/** Notes that nothing reads the fold which an execution left. */
export function noteUnreadAccumulator(writer: Event, program: CheckProgram, notes: Notes): void {
  const text = `nothing reads the fold that ${describeEvent(program, writer)} leaves in the accumulators`;
  notes.add(`unread fold ${writer.site}`, text);
}

export function noteUnreadAccumulatorsAtEnd(program: CheckProgram, unread: UnreadAccumulators, notes: Notes): void {
  for (const ofQueue of unread) for (const writer of ofQueue.values()) noteUnreadAccumulator(writer, program, notes);
}
