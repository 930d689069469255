// Diagnostics as a person reads them, with the place marked in its line, and as `--json` gives them.

import pc from "picocolors";
import { errorHelp, errorMessage, type Severity, severityOf } from "../../ir-spec/base/errors/index.ts";
import type { Diagnostic, Note } from "../../ir-spec/base/result.ts";
import { showExcerpt, showName } from "../../ir-spec/base/shown-text.ts";
import { type Position, positionOf, type Span } from "../../ir-spec/base/span.ts";

export interface RenderOptions {
  readonly color: boolean;
}

/** Longer lines are shown in part, around the marked place. */
const MAX_SHOWN = 140;

type Colors = ReturnType<typeof pc.createColors>;

/**
 * Renders one diagnostic as rustc does; the text ends with a line break.
 *
 *     error[E0201]: found `hiden`, which has no value here
 *      --> mlp.tg:3:12
 *       |
 *     3 |   y = relu(hiden)
 *       |            ^^^^^
 *       = help: did you mean `hidden`?
 */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions): string {
  const colors = pc.createColors(options.color);
  const { code, args, span, notes, fix } = diagnostic;
  const margin = " ".repeat(marginWidth(diagnostic));
  const equals = `${margin} ${colors.blue("=")}`;
  const severity = severityOf(code);
  const mark = severity === "error" ? colors.red : colors.yellow;
  const title = `${colors.bold(mark(`${severity}[${code}]`))}${colors.bold(`: ${errorMessage(code, args)}`)}`;
  const help = errorHelp(code, args);
  const lines = [
    title,
    ...(span === undefined ? [] : renderPlace(span, margin, colors, mark)),
    ...notes.flatMap((note) => renderNote(note, margin, colors)),
    ...(help === "" ? [] : [`${equals} ${colors.bold("help")}: ${help}`]),
    ...(fix === undefined ? [] : [`${equals} ${colors.bold("fix")}: ${showName(fix.title)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Renders several, with an empty line between them, and how many there are. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const rendered = diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, options));
  const count = countBySeverity(diagnostics);
  return [...rendered, `${count}; for more, \`tgc explain ${diagnostics[0]?.code ?? ""}\`\n`].join("\n");
}

/** `2 errors, 1 warning` */
function countBySeverity(diagnostics: readonly Diagnostic[]): string {
  const counts = (["error", "warning"] as const).map((severity) => {
    const count = diagnostics.filter(({ code }) => severityOf(code) === severity).length;
    return count === 0 ? "" : `${count} ${severity}${count === 1 ? "" : "s"}`;
  });
  return counts.filter((count) => count !== "").join(", ");
}

function renderNote(note: Note, margin: string, colors: Colors): readonly string[] {
  const { text, span } = note;
  const line = `${margin} ${colors.blue("=")} ${colors.bold("note")}: ${showName(text)}`;
  return span === undefined ? [line] : [line, ...renderPlace(span, margin, colors, colors.blue)];
}

/** Wide enough for the largest line number that is shown. */
function marginWidth({ span, notes }: Diagnostic): number {
  const spans = [span, ...notes.map((note) => note.span)].filter((candidate) => candidate !== undefined);
  const widths = spans.map((shown) => String(positionOf(shown.source, shown.start).line).length);
  return Math.max(1, ...widths);
}

function renderPlace(
  span: Span,
  margin: string,
  colors: Colors,
  markColor: (text: string) => string,
): readonly string[] {
  const { source, start, end } = span;
  // An empty span at the very beginning stands for the file as a whole.
  if (start === 0 && end === 0) return [`${margin}${colors.blue("-->")} ${showName(source.name)}:1:1`];
  const { line, column } = positionOf(source, start);
  const arrow = `${margin}${colors.blue("-->")} ${showName(source.name)}:${line}:${column}`;
  const { shown, before, marked } = excerpt(span);
  const bar = colors.blue("|");
  const number = colors.blue(String(line).padStart(margin.length));
  const mark = `${" ".repeat(before)}${markColor("^".repeat(marked))}`;
  return [arrow, `${margin} ${bar}`, `${number} ${bar} ${shown}`, `${margin} ${bar} ${mark}`];
}

interface Excerpt {
  /** The line, or the part of it around the place. */
  readonly shown: string;
  /** How many characters are before the mark. */
  readonly before: number;
  readonly marked: number;
}

/** The line of a span's beginning; a span over several lines is marked to the end of its first. */
function excerpt({ source, start, end }: Span): Excerpt {
  const { text } = source;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const nextBreak = text.indexOf("\n", start);
  const lineEnd = nextBreak < 0 ? text.length : nextBreak;
  const column = start - lineStart;
  const from = lineEnd - lineStart <= MAX_SHOWN ? 0 : Math.max(0, column - MAX_SHOWN / 2);
  const part = text.slice(lineStart + from, Math.min(lineEnd, lineStart + from + MAX_SHOWN));
  const cut = from > 0 ? "..." : "";
  const shown = `${cut}${showExcerpt(part)}`.trimEnd();
  const before = column - from + cut.length;
  const room = Math.max(1, Math.min(lineEnd, lineStart + from + MAX_SHOWN) - start);
  return { shown, before, marked: Math.max(1, Math.min(end - start, room)) };
}

export interface PlaceJson {
  readonly file: string;
  /** Offsets are UTF-16 code units from 0, lines and columns count from 1. */
  readonly start: Position & { readonly offset: number };
  readonly end: Position & { readonly offset: number };
}

export interface DiagnosticJson {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly help: string;
  readonly place?: PlaceJson;
  readonly notes: readonly { readonly text: string; readonly place?: PlaceJson }[];
  readonly fix?: { readonly title: string; readonly replacement: string; readonly place: PlaceJson };
  /** What the notes say, as numbers: of E0801 the buffers that are needed at once, and remedies. */
  readonly figures?: object;
}

function placeJson({ source, start, end }: Span): PlaceJson {
  const positionAt = (offset: number) => ({ ...positionOf(source, offset), offset });
  return { file: source.name, start: positionAt(start), end: positionAt(end) };
}

/** A diagnostic as plain data, for `--json`. */
export function diagnosticJson({ code, args, span, notes, fix, figures }: Diagnostic): DiagnosticJson {
  return {
    code,
    severity: severityOf(code),
    message: errorMessage(code, args),
    help: errorHelp(code, args),
    ...(span === undefined ? {} : { place: placeJson(span) }),
    notes: notes.map((note) => ({
      text: showName(note.text),
      ...(note.span === undefined ? {} : { place: placeJson(note.span) }),
    })),
    ...(fix === undefined
      ? {}
      : { fix: { title: showName(fix.title), replacement: fix.replacement, place: placeJson(fix.span) } }),
    ...(figures && { figures }),
  };
}
