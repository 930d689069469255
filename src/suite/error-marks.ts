// ERROR marks: the diagnostics that a test expects, on the lines where they are reported.
//
//     y = matmul(x, x)      // ERROR: E0302 expected
//     // ERROR@-1:7: E0302 {{[0-9]+}} columns
//     // ERROR@none: E1304                             without a place, or in another file

import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { positionOf, type Source, type Span } from "../../ir-spec/base/span.ts";
import { compilePattern } from "./filecheck/compile-pattern.ts";
import { hasVariables, type PatternPart, parsePattern } from "./filecheck/pattern.ts";
import { maxSearchSteps, searchRegex } from "./regex/match.ts";

export interface ErrorMark {
  /** The RUN line that it is for; all that report to the test without one. */
  readonly run: string | undefined;
  /** The line and column of the diagnostic, counted from 1; none for one that is elsewhere. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly code: string;
  /** A part of the message. */
  readonly parts: readonly PatternPart[];
  readonly span: Span;
}

interface MarkPlace {
  readonly run: string | undefined;
  /** What follows `@`. */
  readonly place: string | undefined;
  readonly line: number;
  readonly span: Span;
}

/** Reads a mark. */
export function parseErrorMark(text: string, { run, place, line, span }: MarkPlace): Result<ErrorMark, Diagnostic> {
  const wrong = (why: string) => fail(at(problem("E1420", { directive: "ERROR", why }), span));
  const [, code, message = ""] = /^(E\d{4})\b\s*(.*)$/.exec(text) ?? [];
  if (code === undefined) return wrong("expected the code of a diagnostic, as in `ERROR: E0302 expected a matrix`");
  const [, offset, column] = /^([+-]\d{1,6})?(?::(\d{1,6}))?$/.exec(place ?? "") ?? [];
  const isNone = place === "none";
  const isPlace = place === undefined || isNone || offset !== undefined || column !== undefined;
  if (!isPlace) return wrong(`expected \`@+1\`, \`@-1:7\` or \`@none\`, found \`@${place}\``);
  const parts = parsePattern(message, line);
  if (!parts.ok) return wrong(parts.error.why);
  if (hasVariables(parts.value)) return wrong("a mark holds no variables");
  return ok({
    run,
    line: isNone ? undefined : line + Number(offset ?? 0),
    column: column === undefined ? undefined : Number(column),
    code,
    parts: parts.value,
    span,
  });
}

/** Marks and diagnostics that have no counterpart. Each mark takes one diagnostic. */
export function compareMarks(
  marks: readonly ErrorMark[],
  found: readonly Diagnostic[],
  test: Source,
): readonly Diagnostic[] {
  const left = [...found];
  const missing = marks.filter((mark) => {
    const index = left.findIndex((diagnostic) => fits(mark, diagnostic, test));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
  return [
    ...missing.map(({ code, span }) => at(problem("E1417", { code }), span, nearBy(code, left))),
    ...left.map(({ code, args, span, notes }) =>
      at(problem("E1418", { code, text: errorMessage(code, args) }), span, notes),
    ),
  ];
}

function nearBy(code: string, left: readonly Diagnostic[]): Diagnostic["notes"] {
  return left
    .filter((other) => other.code === code)
    .map(({ args, span, code: same }) => ({
      text: `it was reported here: ${errorMessage(same, args)}`,
      ...(span === undefined ? {} : { span }),
    }));
}

function fits(mark: ErrorMark, { code, args, span }: Diagnostic, test: Source): boolean {
  const place = span !== undefined && span.source.name === test.name ? positionOf(span.source, span.start) : undefined;
  const isThere = mark.line === place?.line && (mark.column === undefined || mark.column === place?.column);
  return code === mark.code && isThere && isIn(mark.parts, errorMessage(code, args));
}

function isIn(parts: readonly PatternPart[], message: string): boolean {
  const nothing = { texts: new Map(), numbers: new Map() };
  const pattern = compilePattern(parts, nothing, { ignoreCase: false, fullLine: "no" });
  if (!pattern.ok) return false;
  const found = searchRegex(pattern.value.program, message, { from: 0, to: message.length }, { steps: maxSearchSteps });
  return typeof found === "object";
}
