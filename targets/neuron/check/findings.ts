// Where the parts of the check put what they find. The same mistake at the same place is told once, however many
// iterations show it, and a limit keeps a broken stream from burying its first mistake.

import type { Diagnostic, Note, Problem } from "../../../ir-spec/base/result.ts";
import { at } from "../../../ir-spec/base/result.ts";

export interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  /** Adds a problem unless one with this key is there already. */
  readonly add: (key: string, found: Problem, notes?: readonly string[]) => void;
  readonly isFull: () => boolean;
}

/** Makes an empty list of at most `limit` diagnostics. */
export function makeFindings(limit: number): Findings {
  const diagnostics: Diagnostic[] = [];
  const keys = new Set<string>();
  const isFull = () => diagnostics.length >= limit;
  return {
    diagnostics,
    isFull,
    add: (key, found, notes = []) => {
      if (isFull() || keys.has(key)) return;
      keys.add(key);
      diagnostics.push(at(found, undefined, notes.map(textNote)));
    },
  };
}

function textNote(text: string): Note {
  return { text };
}
