// Where the parts of the check put what they find. The same mistake at the same place is reported once, however many
// iterations show it, and a limit keeps a broken stream from burying its first mistake.

import type { Diagnostic, Note, Problem } from "../../../ir-spec/base/result.ts";
import { at } from "../../../ir-spec/base/result.ts";
import { noSpans } from "../../../ir-spec/base/span.ts";
import type { StreamPart, StreamSpans } from "../stream-parts.ts";

/** A note about a part of the stream. */
export interface PartNote {
  readonly text: string;
  readonly part: StreamPart | undefined;
  /** It says nothing but where the part is, so it is left out where that is not known. */
  readonly isPlaceOnly?: true;
}

export interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  /** Adds a problem of a part of the stream, unless a problem with this key is there already. */
  readonly add: (key: string, found: Problem, part: StreamPart | undefined, notes?: readonly PartNote[]) => void;
  readonly isFull: () => boolean;
}

/** Where a run puts what it finds. */
export interface Sinks {
  /** Whatever the order in which the queues run. */
  readonly mistakes: Findings;
  /** What depends on what is read before what: it means something only where there are no other mistakes. */
  readonly groupMistakes: Findings;
  readonly notes: Notes;
}

export interface Notes {
  readonly notes: readonly Note[];
  /** Adds a note unless one with this key is there already. */
  readonly add: (key: string, text: string) => void;
}

/** Makes empty lists of at most `limit` diagnostics and as many notes. */
export function makeSinks(limit: number, spanOf: StreamSpans = noSpans): Sinks {
  const groupMistakes = makeFindings(limit, spanOf);
  return { mistakes: makeFindings(limit, spanOf), groupMistakes, notes: makeNotes(limit) };
}

function makeNotes(limit: number): Notes {
  const notes: Note[] = [];
  const keys = new Set<string>();
  return {
    notes,
    add: (key, text) => {
      if (notes.length >= limit || keys.has(key)) return;
      keys.add(key);
      notes.push({ text });
    },
  };
}

/** Makes an empty list of at most `limit` diagnostics. */
export function makeFindings(limit: number, spanOf: StreamSpans = noSpans): Findings {
  const diagnostics: Diagnostic[] = [];
  const keys = new Set<string>();
  const isFull = () => diagnostics.length >= limit;
  return {
    diagnostics,
    isFull,
    add: (key, found, part, notes = []) => {
      if (isFull() || keys.has(key)) return;
      keys.add(key);
      const span = part === undefined ? undefined : spanOf(part);
      diagnostics.push(
        at(
          found,
          span,
          notes.flatMap((note) => locateNote(note, spanOf)),
        ),
      );
    },
  };
}

function locateNote({ text, part, isPlaceOnly }: PartNote, spanOf: StreamSpans): readonly Note[] {
  const span = part === undefined ? undefined : spanOf(part);
  if (span !== undefined) return [{ text, span }];
  return isPlaceOnly ? [] : [{ text }];
}
