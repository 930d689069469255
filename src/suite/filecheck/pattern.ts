// The pattern of a CHECK line: fixed text, `{{regular expressions}}`, `[[VARIABLES]]` and `[[#NUMBERS]]`, read once. It is made a
// regular expression each time that it is matched, as it depends on what variables hold by then (compile-pattern.ts).

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { RegexNode } from "../regex/nodes.ts";
import { parseRegex } from "../regex/parse.ts";
import { type NumericBlock, parseNumericBlock, variablesOf } from "./numbers.ts";

export type PatternPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "regex"; readonly node: RegexNode }
  | { readonly kind: "define"; readonly name: string; readonly node: RegexNode }
  | { readonly kind: "use"; readonly name: string; readonly offset: number }
  | { readonly kind: "number"; readonly block: NumericBlock; readonly offset: number };

/** Offsets count from the pattern's first character. */
export interface PatternMistake {
  readonly offset: number;
  readonly why: string;
}

type Parsed<T> = Result<T, PatternMistake>;

const nameForm = /^\$?[a-zA-Z_]\w*$/;

/** Reads a pattern; `line` is the value of `@LINE`. */
export function parsePattern(text: string, line: number): Parsed<readonly PatternPart[]> {
  const parts: PatternPart[] = [];
  for (let offset = 0; offset < text.length; ) {
    const next = parsePart(text, offset, line);
    if (!next.ok) return next;
    parts.push(next.value.part);
    offset = next.value.end;
  }
  const wrong = sameLineUse(parts);
  return wrong === undefined ? ok(parts) : fail(wrong);
}

interface Part {
  readonly part: PatternPart;
  readonly end: number;
}

function mistake(offset: number, why: string): { readonly ok: false; readonly error: PatternMistake } {
  return fail({ offset, why });
}

function parsePart(text: string, offset: number, line: number): Parsed<Part> {
  if (text.startsWith("{{", offset)) return parseRegexBlock(text, offset);
  if (text.startsWith("[[#", offset)) return parseNumber(text, offset, line);
  if (text.startsWith("[[", offset)) return parseVariable(text, offset, line);
  const ends = ["{{", "[["].map((sign) => text.indexOf(sign, offset)).filter((end) => end >= 0);
  const end = Math.min(text.length, ...ends);
  return ok({ part: { kind: "text", text: text.slice(offset, end) }, end });
}

function parseRegexBlock(text: string, offset: number): Parsed<Part> {
  const end = text.indexOf("}}", offset + 2);
  if (end < 0) return mistake(offset, "expected `}}` after this `{{`");
  const source = text.slice(offset + 2, end);
  if (text[end + 2] === "}" && /\{\d+(,\d*)?$/.test(source)) {
    return mistake(offset, "the first `}}` ends the expression; put parentheses around a count, as in `{{(x{2})}}`");
  }
  const node = readRegex(source, offset + 2);
  return node.ok ? ok({ part: { kind: "regex", node: node.value }, end: end + 2 }) : node;
}

function readRegex(source: string, offset: number): Parsed<RegexNode> {
  if (source === "") return mistake(offset, "expected a regular expression, found nothing");
  const node = parseRegex(source);
  return node.ok ? node : mistake(offset + node.error.offset, node.error.why);
}

function parseNumber(text: string, offset: number, line: number): Parsed<Part> {
  const end = text.indexOf("]]", offset);
  if (end < 0) return mistake(offset, "expected `]]` after this `[[#`");
  const block = parseNumericBlock(text.slice(offset + 3, end), line);
  if (!block.ok) return mistake(offset, block.error);
  return ok({ part: { kind: "number", block: block.value, offset }, end: end + 2 });
}

const literalHint = "to match `[[` itself, write `CHECK{LITERAL}:` or `{{\\[\\[}}`";

function parseVariable(text: string, offset: number, line: number): Parsed<Part> {
  const end = endOfVariable(text, offset + 2);
  if (end === undefined) return mistake(offset, `expected \`]]\` after this \`[[\`; ${literalHint}`);
  const inner = text.slice(offset + 2, end);
  const atLine = /^@LINE([+-]\d{1,9})?$/.exec(inner);
  if (atLine !== null) {
    const value = line + Number(atLine[1] ?? 0);
    return ok({ part: { kind: "text", text: String(value) }, end: end + 2 });
  }
  const colon = inner.indexOf(":");
  const name = colon < 0 ? inner : inner.slice(0, colon);
  if (!nameForm.test(name))
    return mistake(offset, `expected the name of a variable, found \`${name}\`; ${literalHint}`);
  if (colon < 0) return ok({ part: { kind: "use", name, offset }, end: end + 2 });
  const node = readRegex(inner.slice(colon + 1), offset + 3 + colon);
  return node.ok ? ok({ part: { kind: "define", name, node: node.value }, end: end + 2 }) : node;
}

/** Where the `]]` of a variable is: not within a set of its expression, `[[X:[a-z]]]`. */
function endOfVariable(text: string, from: number): number | undefined {
  let depth = 0;
  for (let offset = from; offset < text.length; offset++) {
    if (depth === 0 && text.startsWith("]]", offset)) return offset;
    if (text[offset] === "\\") offset++;
    else if (text[offset] === "[") depth++;
    else if (text[offset] === "]" && depth > 0) depth--;
  }
  return undefined;
}

/** A number that its own line defines has no value yet. */
function sameLineUse(parts: readonly PatternPart[]): PatternMistake | undefined {
  const defined = new Set<string>();
  for (const part of parts) {
    if (part.kind !== "number") continue;
    const used = variablesOf(part.block.expression).find((name) => defined.has(name));
    if (used !== undefined)
      return { offset: part.offset, why: `number ${used} is defined on this line and has a value only after it` };
    if (part.block.defines !== undefined) defined.add(part.block.defines);
  }
  return undefined;
}

/** Whether a pattern defines or uses variables. */
export function hasVariables(parts: readonly PatternPart[]): boolean {
  return parts.some(({ kind }) => kind !== "text" && kind !== "regex");
}
