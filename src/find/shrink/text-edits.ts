// Edits of a text by places, for programs that cannot be elaborated: what is left out is cut out of the text as it was written.

import type { Span } from "../../../ir-spec/base/span.ts";

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export const replaceSpan = ({ start, end }: Pick<Span, "start" | "end">, text: string): Edit => ({ start, end, text });

/** Applies edits from the end; of two that overlap the outer one counts. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const outer = edits.toSorted((a, b) => a.start - b.start || b.end - a.end);
  let changed = "";
  let at = 0;
  for (const edit of outer) {
    if (edit.start < at) continue;
    changed += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return changed + text.slice(at);
}

/** Cuts elements `from` to `to` out of a list with commas, and with all of them its brackets where they may be left out. */
export function cutFromList(
  text: string,
  items: readonly Span[],
  [from, to]: readonly [number, number],
): Edit | undefined {
  const [first, last, next, before] = [items[from], items[to - 1], items[to], items[from - 1]];
  if (first === undefined || last === undefined) return undefined;
  if (next !== undefined) return { start: first.start, end: next.start, text: "" };
  if (before !== undefined) return { start: before.end, end: last.end, text: "" };
  const comma = /^\s*,/.exec(text.slice(last.end));
  const end = last.end + (comma?.[0].length ?? 0);
  const opening = /<\s*$/.exec(text.slice(0, first.start));
  const closing = /^\s*>/.exec(text.slice(end));
  if (opening === null || closing === null) return { start: first.start, end, text: "" };
  return { start: opening.index, end: end + closing[0].length, text: "" };
}
