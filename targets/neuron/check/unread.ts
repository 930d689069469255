// What was written on chip for nothing: no mistake, but work or a read that is missing. An instruction with several
// results may be there for the sake of the others, so only those with a single one are told.

import { type ChipArea, describeCells } from "./chip-memory.ts";
import { anyHolds, isUnread, writtenPartitions } from "./contents.ts";
import { describeEvent, type Event } from "./events.ts";
import type { Notes } from "./findings.ts";
import type { Memories } from "./memories.ts";
import type { Program } from "./program.ts";

/** Notes that what an event wrote to the bytes is never read. */
export function noteUnread(writer: Event, bytes: string, program: Program, notes: Notes): void {
  if (countResults(program, writer.site) > 1) return;
  notes.add(`unread ${writer.site}`, `nothing reads what ${describeEvent(program, writer)} writes to ${bytes}`);
}

function countResults({ sites }: Program, at: number): number {
  return sites[at]?.operands.filter(({ role }) => role !== "read").length ?? 0;
}

/** Notes what lies on chip unread at the end. */
export function noteUnreadAtEnd(program: Program, { shadow, chip }: Memories, notes: Notes): void {
  const isUnreadAt = (area: ChipArea, cell: number): boolean =>
    anyHolds(shadow.stateAt(area.region, cell).contents, area.groupPartitions, isUnread);
  for (const area of [...chip.sbuf.areas, ...chip.psum.areas]) {
    const { cells } = area.region;
    for (let cell = 0; cell < cells.length; cell++) {
      if (cells[cell] === cells[cell - 1] || !isUnreadAt(area, cell)) continue;
      let end = cell + 1;
      while (end < cells.length && cells[end] === cells[cell]) end++;
      const { writer, contents } = shadow.stateAt(area.region, cell);
      noteUnread(writer, describeCells(area, cell, end, writtenPartitions(contents)), program, notes);
    }
  }
}
