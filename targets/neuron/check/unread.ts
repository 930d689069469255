// What was written on chip for nothing: no mistake, but work or a read that is missing. An instruction with several
// results may be there for the sake of the others, so only those with a single one are told.

import type { ChipMemory } from "./chip-memory.ts";
import { describeCells } from "./chip-memory.ts";
import { anyHolds, isUnread } from "./contents.ts";
import type { Events } from "./events.ts";
import type { Notes } from "./findings.ts";
import type { Memories } from "./memories.ts";
import type { Program } from "./program.ts";

/** Notes that what an event wrote to the bytes is never read. */
export function noteUnread(writer: number, bytes: string, program: Program, events: Events, notes: Notes): void {
  const site = events.site(writer);
  if (countResults(program, site) > 1) return;
  notes.add(`unread ${site}`, `nothing reads what ${events.describe(writer)} writes to ${bytes}`);
}

function countResults({ sites }: Program, at: number): number {
  const { operands = [], instruction } = sites[at] ?? {};
  return operands.filter(({ name, role }) => role !== "read" && instruction?.args[name] !== undefined).length;
}

/** Notes what lies on chip unread at the end. */
export function noteUnreadAtEnd(program: Program, { shadow, chip }: Memories, events: Events, notes: Notes): void {
  const isUnreadAt = (memory: ChipMemory, cell: number): boolean =>
    anyHolds(shadow.stateAt(memory.region, cell).contents, memory.groupPartitions, isUnread);
  for (const memory of [chip.sbuf, chip.psum]) {
    const { cells } = memory.region;
    for (let cell = 0; cell < cells.length; cell++) {
      if (cells[cell] === cells[cell - 1] || !isUnreadAt(memory, cell)) continue;
      let end = cell + 1;
      while (end < cells.length && cells[end] === cells[cell]) end++;
      const { writer } = shadow.stateAt(memory.region, cell);
      noteUnread(writer, describeCells(memory, cell, end), program, events, notes);
    }
  }
}
