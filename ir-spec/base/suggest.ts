// "did you mean": the nearest of the names that would have been right.

import type { Fix, Note } from "./result.ts";
import type { Span } from "./span.ts";

/** How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b` (Damerau 1964). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = [...new Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const replaced = (last[j - 1] as number) + (isSame ? 0 : 1);
      const swapped = isSwap ? (beforeLast[j - 2] as number) + 1 : replaced;
      row.push(Math.min(replaced, swapped, (last[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}

/** Nobody mistypes a longer name by a letter or two and wonders why; measuring takes the square of it (characters). */
const maxMeasuredLength = 64;
/** Assumed: no person has more names of almost one length in mind. */
const maxMeasured = 1000;

/** The candidates nearest to a name, none if all are far. */
export function nearest(name: string, candidates: Iterable<string>): readonly string[] {
  if (name.length > maxMeasuredLength) return [];
  const limit = name.length < 2 ? 0 : Math.max(1, Math.floor(name.length / 3));
  const measured = [...new Set(candidates)]
    .filter((candidate) => Math.abs(candidate.length - name.length) <= limit)
    .slice(0, maxMeasured)
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit);
  const min = Math.min(...measured.map(({ distance }) => distance));
  return measured.filter(({ distance }) => distance === min).map(({ candidate }) => candidate);
}

export interface Suggestion {
  readonly notes: readonly Note[];
  readonly fix?: Fix;
}

/** A hint with the nearest names; a fix where there is exactly one. */
export function suggest(name: string, candidates: Iterable<string>, span?: Span): Suggestion {
  const near = nearest(name, candidates).slice(0, 3);
  if (near.length === 0) return { notes: [] };
  const text = `did you mean ${near.map((candidate) => `\`${candidate}\``).join(" or ")}?`;
  const [only] = near;
  if (near.length > 1 || only === undefined || span === undefined) return { notes: [{ text }] };
  return { notes: [{ text }], fix: { span, replacement: only, title: `write \`${only}\`` } };
}
