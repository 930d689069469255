// Where something is in a source text. Offsets are UTF-16 code units, as JavaScript strings count them;
// lines and columns are derived only when a person is to see them.

export interface Source {
  /** File name as the user gave it, for messages only. */
  readonly name: string;
  readonly text: string;
}

export interface Span {
  readonly source: Source;
  /** First character. */
  readonly start: number;
  /** One past the last character. */
  readonly end: number;
}

export interface Position {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
}

/** Where the lines of a text begin: found once, as a hundred diagnostics about a long text ask for it. */
const lineStarts = new WeakMap<Source, readonly number[]>();

function lineStartsOf(source: Source): readonly number[] {
  const known = lineStarts.get(source);
  if (known !== undefined) return known;
  const starts = [0];
  for (let next = source.text.indexOf("\n"); next >= 0; next = source.text.indexOf("\n", next + 1)) {
    starts.push(next + 1);
  }
  lineStarts.set(source, starts);
  return starts;
}

/** Finds the line and column of an offset. */
export function positionOf(source: Source, offset: number): Position {
  const starts = lineStartsOf(source);
  let line = 0;
  let end = starts.length;
  while (end - line > 1) {
    const middle = (line + end) >> 1;
    if ((starts[middle] as number) <= offset) line = middle;
    else end = middle;
  }
  return { line: line + 1, column: offset - (starts[line] as number) + 1 };
}

/**
 * Finds where a part of a program is in the text that it was read from, by the part's identity. It lies beside the
 * program, which knows no text: one that was read equals one that was made.
 */
export type SpanOf<Part> = (part: Part) => Span | undefined;

/** For programs without a text. */
export const noSpans = (): undefined => undefined;

/** The same places for the parts of another program, given in the same order. */
export function carrySpans<Part>(from: readonly Part[], to: readonly Part[], spanOf: SpanOf<Part>): SpanOf<Part> {
  const spans = new Map(from.map((part, index) => [to[index], spanOf(part)]));
  return (part) => spans.get(part);
}
