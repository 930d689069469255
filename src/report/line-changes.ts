// Two texts as a page shows their difference: the lines around each change.

import { structuredPatch } from "diff";

export interface LineChange {
  readonly kind: "same" | "added" | "removed" | "gap";
  readonly text: string;
}

/** Lines that are shown around each change. */
const context = 2;
/** Texts with more changed lines have nothing to do with each other, and finding the fewest takes the square of it. */
const maxEditLength = 1500;

const kinds: Readonly<Record<string, LineChange["kind"]>> = { "+": "added", "-": "removed", " ": "same" };

/** The changed lines and those around them, a `gap` between parts; undefined where the texts have next to nothing in common. */
export function lineChanges(before: string, after: string): readonly LineChange[] | undefined {
  const patch = structuredPatch("", "", before, after, "", "", { context, maxEditLength });
  return patch?.hunks.flatMap(({ newStart, lines }) => {
    const gap: LineChange = { kind: "gap", text: `line ${newStart}` };
    const changed = lines.flatMap((line): readonly LineChange[] => {
      const kind = kinds[line[0] ?? ""];
      return kind === undefined ? [] : [{ kind, text: line.slice(1) }];
    });
    return [gap, ...changed];
  });
}
