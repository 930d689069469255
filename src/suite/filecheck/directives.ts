// Finds the CHECK lines of a file and reads their patterns. The first directive of a line counts; one after `COM:` or `RUN:` does
// not. What looks like a directive and is none is reported: LLVM reads past it, and the test checks less than it seems to.

import { at, type Diagnostic, problem } from "../../../ir-spec/base/result.ts";
import type { Source, Span } from "../../../ir-spec/base/span.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import type { FileCheckOptions } from "./options.ts";
import { hasVariables, type PatternPart, parsePattern } from "./pattern.ts";
import { type Collapsed, collapseBlanks } from "./whitespace.ts";

export type DirectiveKind = "plain" | "next" | "same" | "not" | "dag" | "label" | "empty" | "count";

export interface Directive {
  readonly kind: DirectiveKind;
  /** As it is written: `CHECK-NEXT`. */
  readonly name: string;
  readonly prefix: string;
  /** How often the pattern must match in a row. */
  readonly count: number;
  readonly parts: readonly PatternPart[];
  /** The pattern in its line; of CHECK-EMPTY the directive itself. */
  readonly span: Span;
  /** The place of the pattern's text from `offset` on. */
  readonly spanAt: (offset: number) => Span;
}

export interface FoundDirectives {
  readonly directives: readonly Directive[];
  readonly mistakes: readonly Diagnostic[];
}

export const suffixes: Readonly<Record<string, DirectiveKind>> = {
  "-NEXT": "next",
  "-SAME": "same",
  "-NOT": "not",
  "-DAG": "dag",
  "-LABEL": "label",
  "-EMPTY": "empty",
};
const suffixForm = `${Object.keys(suffixes).join("|")}|-COUNT-\\d+`;

/** A directive at its place in a line. */
interface Written {
  readonly prefix: string;
  readonly suffix: string;
  readonly modifier: string | undefined;
  /** The first character of its name, and the one after its colon. */
  readonly start: number;
  readonly end: number;
}

interface Reading {
  readonly source: Source;
  readonly options: FileCheckOptions;
  /** Prefixes of other RUN lines of the file: their lines are no mistakes. */
  readonly otherPrefixes: readonly string[];
}

/** Reads all directives with the prefixes of the options. */
export function findDirectives(reading: Reading): FoundDirectives {
  const { source, options } = reading;
  const form = directiveForm(options);
  const directives: Directive[] = [];
  const mistakes: Diagnostic[] = [];
  let lineStart = 0;
  for (const [index, line] of source.text.split("\n").entries()) {
    const written = findInLine(form, line, lineStart);
    const read =
      written === undefined || written === "comment"
        ? undefined
        : readDirective(reading, written, { line: index + 1, end: lineStart + line.length });
    if (read?.directive !== undefined) directives.push(read.directive);
    mistakes.push(...(read?.mistakes ?? []));
    if (written === undefined) mistakes.push(...findMisspelled(reading, line, lineStart));
    lineStart += line.length + 1;
  }
  return { directives, mistakes };
}

function longestFirst(prefixes: readonly string[]): string {
  return prefixes.toSorted((a, b) => b.length - a.length).join("|");
}

/** Prefixes hold letters, digits, `_` and `-` alone, so they are no expressions. */
function directiveForm({ prefixes, commentPrefixes }: FileCheckOptions): RegExp {
  const check = `(${longestFirst(prefixes)})(${suffixForm})?(\\{[^{}]*\\})?:`;
  return new RegExp(`(?<![\\w-])(?:(${longestFirst(commentPrefixes)})(?:\\(\\w*\\))?:|${check})`);
}

function findInLine(form: RegExp, line: string, lineStart: number): Written | "comment" | undefined {
  const found = form.exec(line);
  if (found === null) return undefined;
  const [all, comment, prefix = "", suffix = "", modifier] = found;
  if (comment !== undefined) return "comment";
  const start = lineStart + found.index;
  return { prefix, suffix, modifier, start, end: start + all.length };
}

interface LinePlace {
  /** Counted from 1. */
  readonly line: number;
  /** One past the line's last character. */
  readonly end: number;
}

interface ReadDirective {
  readonly directive?: Directive;
  readonly mistakes: readonly Diagnostic[];
}

function readDirective({ source, options }: Reading, written: Written, { line, end }: LinePlace): ReadDirective {
  const { prefix, suffix, modifier } = written;
  const pattern = patternText(source.text.slice(written.end, end).replace(/\r$/, ""), options);
  const spanAt = (offset: number): Span => {
    const start = written.end + (pattern.offsets[offset] ?? pattern.endOffset);
    return { source, start, end: Math.max(start, written.end + pattern.endOffset) };
  };
  const isEmpty = suffix === "-EMPTY";
  const ownSpan: Span = { source, start: written.start, end: written.end };
  const span = pattern.text === "" ? ownSpan : spanAt(0);
  const name = `${prefix}${suffix}`;
  const wrong = (why: string, where: Span): ReadDirective => ({
    mistakes: [at(problem("E1411", { directive: name, why }), where)],
  });
  const isLiteral = modifier === "{LITERAL}";
  if (modifier !== undefined && !isLiteral) return wrong(`expected {LITERAL}, found ${modifier}`, ownSpan);
  if (isEmpty !== (pattern.text === "")) {
    return wrong(isEmpty ? "expected nothing after the colon" : "expected a text after the colon", span);
  }
  const count = suffix.startsWith("-COUNT-") ? Number(suffix.slice("-COUNT-".length)) : 1;
  if (count < 1 || count > maxCount) return wrong(`expected a count from 1 to ${maxCount}`, ownSpan);
  const literal: readonly PatternPart[] = [{ kind: "text", text: pattern.text }];
  const parts = isLiteral ? { ok: true as const, value: literal } : parsePattern(pattern.text, line);
  if (!parts.ok) return wrong(parts.error.why, spanAt(parts.error.offset));
  const kind = suffix.startsWith("-COUNT-") ? "count" : (suffixes[suffix] ?? "plain");
  if (kind === "label" && hasVariables(parts.value)) return wrong("a label holds no variables", span);
  return { directive: { kind, name, prefix, count, parts: parts.value, span, spanAt }, mistakes: [] };
}

/** Assumed: nobody counts further. */
const maxCount = 1_000_000;

/** The text of a pattern without the blanks around it, unless they count. */
function patternText(text: string, { strictWhitespace, matchFullLines }: FileCheckOptions): Collapsed {
  const collapsed = collapseBlanks(text, strictWhitespace);
  if (strictWhitespace && matchFullLines) return collapsed;
  const before = /^[ \t]*/.exec(collapsed.text)?.[0].length ?? 0;
  const kept = collapsed.text.trimEnd();
  const end = Math.max(before, kept.length);
  return {
    text: collapsed.text.slice(before, end),
    offsets: collapsed.offsets.slice(before, end),
    endOffset: collapsed.offsets[end] ?? collapsed.endOffset,
  };
}

/** `CHECK-NXT:`, `CHECK_NEXT:`, `CHECK-NOT-DAG:`, `CHECK-NEXT foo`, `CHECK :`. */
function findMisspelled(
  { source, options, otherPrefixes }: Reading,
  line: string,
  lineStart: number,
): readonly Diagnostic[] {
  const names = longestFirst(options.prefixes);
  const found =
    new RegExp(`(?<![\\w-])((${names})[-_][A-Z][A-Z\\d_-]*)(?:\\{\\w*\\})?:`).exec(line) ??
    new RegExp(`^\\s*(?:\\/\\/+|#+|;+)\\s*((${names})(?:${suffixForm}))(?=\\s)`).exec(line) ??
    new RegExp(`^\\s*(?:\\/\\/+|#+|;+)\\s*((${names})(?:${suffixForm})?)\\s+:`).exec(line);
  const [, name = "", prefix = ""] = found ?? [];
  const isOthers = otherPrefixes.some((other) => name === other || new RegExp(`^${other}(${suffixForm})$`).test(name));
  if (found === null || (isOthers && found[0].endsWith(":"))) return [];
  const start = lineStart + found.index + found[0].indexOf(name);
  const span: Span = { source, start, end: start + name.length };
  const known = ["", ...Object.keys(suffixes), "-COUNT-1"].map((suffix) => `${prefix}${suffix}`);
  const isKnown = known.includes(name) || /-COUNT-\d+$/.test(name);
  const notes = isKnown ? [{ text: `write \`${name}:\`` }] : suggest(name.replace("_", "-"), known).notes;
  return [at(problem("E1414", { found: name, expected: known.join(", ") }), span, notes)];
}
