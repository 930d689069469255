// Finds where the pattern of a CHECK line matches within a part of a text.

import { maxSearchSteps, searchRegex } from "../regex/match.ts";
import { compilePattern, defineCaptured, type PatternOptions, type Variables } from "./compile-pattern.ts";
import type { Directive } from "./directives.ts";
import type { FileCheckOptions } from "./options.ts";

export interface PatternSearch {
  readonly directive: Directive;
  readonly text: string;
  readonly options: FileCheckOptions;
  /** Changed in place by a match. */
  readonly variables: Variables;
}

export type Found =
  | { readonly kind: "found"; readonly start: number; readonly end: number }
  | { readonly kind: "none"; readonly replaced: readonly string[] }
  | { readonly kind: "too much" }
  | { readonly kind: "wrong"; readonly why: string; readonly offset: number };

/** The first match within `from` and `to`; variables get what it defines. */
export function findPattern(
  { directive, text, options, variables }: PatternSearch,
  { from, to }: { readonly from: number; readonly to: number },
): Found {
  if (directive.kind === "empty") return findEmptyLine(text, from, to);
  const compiled = compilePattern(directive.parts, variables, patternOptions(directive, options));
  if (!compiled.ok) return { kind: "wrong", ...compiled.error };
  const { program, replaced } = compiled.value;
  const found = searchRegex(program, text, { from, to }, { steps: maxSearchSteps });
  if (found === "too much") return { kind: "too much" };
  if (found === "none") return { kind: "none", replaced };
  const defined = defineCaptured(compiled.value, found.captures, variables);
  if (!defined.ok) return { kind: "wrong", why: defined.error, offset: 0 };
  return { kind: "found", start: found.start, end: found.end };
}

/** Whole lines are demanded of what must match, never of what must not. */
export function patternOptions({ kind }: Pick<Directive, "kind">, options: FileCheckOptions): PatternOptions {
  const { ignoreCase, matchFullLines, strictWhitespace } = options;
  const isFull = matchFullLines && kind !== "not";
  return { ignoreCase, fullLine: isFull ? (strictWhitespace ? "strictly" : "but for blanks") : "no" };
}

/** The first line after `from` with nothing on it; what comes after the last line break is no line. */
function findEmptyLine(text: string, from: number, to: number): Found {
  const breaks = text.indexOf("\n\n", from);
  if (breaks < 0 || breaks + 1 > to) return { kind: "none", replaced: [] };
  return { kind: "found", start: breaks + 1, end: breaks + 1 };
}
