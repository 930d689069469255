// Where the parts of the check put what they find. The same mistake at the same place is told once, however many
// iterations show it, and a limit keeps a broken stream from burying its first mistake.

import type { Diagnostic, Note, Problem } from "../../../ir-spec/base/result.ts";
import { at } from "../../../ir-spec/base/result.ts";
import { noSpans } from "../../../ir-spec/base/span.ts";
import type { StreamPart, StreamSpans } from "../stream-parts.ts";

/** A note about a part of the stream. */
export interface PartNote {
  readonly text: string;
  readonly part: StreamPart | undefined;
  /** It says nothing but where the part stands, so it is left out where that is not known. */
  readonly isPlaceOnly?: true;
}

export interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  /** Adds a problem of a part of the stream, unless a problem with this key is there already. */
  readonly add: (key: string, found: Problem, part: StreamPart | undefined, notes?: readonly PartNote[]) => void;
  readonly isFull: () => boolean;
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
