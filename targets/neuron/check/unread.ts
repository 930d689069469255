// What was written on chip for nothing: no mistake, but work or a read that is missing. An instruction with several
// results may be there for the sake of the others, so only those with a single one are reported.

import { type ChipArea, describeGranules } from "./chip-memory.ts";
import { anyHolds, isUnread, writtenPartitions } from "./contents.ts";
import { describeEvent, type Event } from "./events.ts";
import type { Notes } from "./findings.ts";
import type { Memories } from "./memories.ts";
import type { CheckProgram } from "./program.ts";

/** Notes that what an event wrote to the bytes is never read. */
export function noteUnread(writer: Event, bytes: string, program: CheckProgram, notes: Notes): void {
  if (countResults(program, writer.site) > 1) return;
  notes.add(`unread ${writer.site}`, `nothing reads what ${describeEvent(program, writer)} writes to ${bytes}`);
}

function countResults({ sites }: CheckProgram, at: number): number {
  return sites[at]?.operands.filter(({ role }) => role !== "read").length ?? 0;
}

/** Notes what lies on chip unread at the end. */
export function noteUnreadAtEnd(program: CheckProgram, { shadow, chip }: Memories, notes: Notes): void {
  const isUnreadAt = (area: ChipArea, granule: number): boolean =>
    anyHolds(shadow.stateAt(area.region, granule).contents, area.groupPartitions, isUnread);
  for (const area of [...chip.sbuf.areas, ...chip.psum.areas]) {
    const { granules } = area.region;
    for (let granule = 0; granule < granules.length; granule++) {
      if (granules[granule] === granules[granule - 1] || !isUnreadAt(area, granule)) continue;
      let end = granule + 1;
      while (end < granules.length && granules[end] === granules[granule]) end++;
      const { writer, contents } = shadow.stateAt(area.region, granule);
      noteUnread(writer, describeGranules(area, granule, end, writtenPartitions(contents)), program, notes);
    }
  }
}
