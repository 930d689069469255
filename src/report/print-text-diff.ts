// Two texts as a person reads their difference: the lines around each change, and in changed lines what changed.

import { diffWordsWithSpace, structuredPatch } from "diff";
import pc from "picocolors";
import { showName } from "../../ir-spec/base/shown-text.ts";

export interface DiffedTexts {
  readonly before: string;
  readonly after: string;
  /** What each is called. */
  readonly names: { readonly before: string; readonly after: string };
}

type Colors = ReturnType<typeof pc.createColors>;

/** Lines that are shown around each change. */
const context = 3;
/** Lines that are printed; nobody reads on. */
const maxPrintedLines = 100;
/** Texts with more changed lines have nothing to do with each other, and finding the fewest takes the square of it. */
const maxEditLength = 3000;

/** A unified diff; the text ends with a line break. */
export function printTextDiff({ before, after, names }: DiffedTexts, color: boolean): string {
  const colors = pc.createColors(color);
  const title = [colors.red(`--- ${showName(names.before)}`), colors.green(`+++ ${showName(names.after)}`)];
  const patch = structuredPatch("", "", before, after, "", "", { context, maxEditLength });
  if (patch === undefined) {
    const [from, to] = [before, after].map((text) => text.split("\n").length - 1);
    return `${title.join("\n")}\nthe texts have next to nothing in common (${from} and ${to} lines)\n`;
  }
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: hunk }) => [
    colors.cyan(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`),
    ...paintHunk(hunk, colors),
  ]);
  const more = lines.length - maxPrintedLines;
  const rest = more > 0 ? [colors.dim(`... and ${more} more lines`)] : [];
  return `${[...title, ...lines.slice(0, maxPrintedLines), ...rest].join("\n")}\n`;
}

/** Paints lines; where as many are removed as are added after them, each pair shows what changed in it. */
function paintHunk(lines: readonly string[], colors: Colors): readonly string[] {
  const painted: string[] = [];
  for (let index = 0; index < lines.length; ) {
    const removed = runOf(lines, index, "-");
    const added = runOf(lines, index + removed.length, "+");
    if (removed.length + added.length === 0) {
      painted.push(paintOther(lines[index++] as string, colors));
      continue;
    }
    const isPaired = removed.length === added.length;
    painted.push(...removed.map((line, at) => paintLine(line, isPaired ? added[at] : undefined, colors.red, colors)));
    painted.push(...added.map((line, at) => paintLine(line, isPaired ? removed[at] : undefined, colors.green, colors)));
    index += removed.length + added.length;
  }
  return painted;
}

function paintOther(line: string, colors: Colors): string {
  return line.startsWith("\\") ? colors.dim(line) : showName(line);
}

function runOf(lines: readonly string[], start: number, sign: string): readonly string[] {
  const after = lines.slice(start);
  const length = after.findIndex((line) => !line.startsWith(sign));
  return length < 0 ? after : after.slice(0, length);
}

/** A word-by-word comparison of longer lines takes too long (characters). */
const maxComparedLine = 500;

function paintLine(line: string, other: string | undefined, paint: (text: string) => string, colors: Colors): string {
  const isCompared = other !== undefined && colors.isColorSupported && line.length + other.length < maxComparedLine;
  if (!isCompared) return paint(showName(line));
  const isRemoved = line.startsWith("-");
  const [old, made] = isRemoved ? [line, other] : [other, line];
  const words = diffWordsWithSpace(old.slice(1), made.slice(1));
  const kept = words.filter(({ added, removed }) => !(isRemoved ? added : removed));
  const parts = kept.map(({ value, added, removed }) => {
    const text = paint(showName(value));
    return added || removed ? colors.inverse(text) : text;
  });
  return `${paint(line.slice(0, 1))}${parts.join("")}`;
}
