// The scanner of the texts of stages 4 and 5 (kernels, assembly), and a cursor over its tokens. A mistake is reported
// once; then the cursor is `lost` and takes nothing more, so that parsers need no checks of their own: what they build
// from there on is thrown away by the statement loop, which calls `recover` and continues at the next line.

import { maxMistakes, maxTextCharacters, maxTokens } from "../limits.ts";
import type { ErrorCode } from "./errors/index.ts";
import { at, type Diagnostic, type Problem, problem } from "./result.ts";
import type { Source, Span } from "./span.ts";
import { suggest } from "./suggest.ts";

export type TokenKind = "name" | "number" | "string" | "sign" | "bad" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  /** Whether it is the first on its line. */
  readonly isFirst: boolean;
}

/** The codes of a text's mistakes; each family has the same holes. */
export interface Dialect {
  readonly syntax: Extract<ErrorCode, "E0620" | "E0901">;
  readonly unknown: Extract<ErrorCode, "E0621" | "E0902">;
  readonly value: Extract<ErrorCode, "E0622" | "E0903">;
  readonly missing: Extract<ErrorCode, "E0623" | "E0904">;
}

/** A place in the tokens of a text, and what has been found wrong so far. */
export interface Cursor {
  readonly source: Source;
  readonly tokens: readonly Token[];
  readonly dialect: Dialect;
  readonly diagnostics: Diagnostic[];
  position: number;
  /** Where the statement that is being read begins. */
  statement: number;
  /** A mistake was reported and the parser has not recovered yet. */
  isLost: boolean;
}

/**
 * Repetitions of groups are bounded, since each takes space on the stack of the regular expression; a text in quotes that is
 * not closed takes the rest of its line, so that no sign is looked at many times.
 */
const tokenPattern =
  /(?<space>\s+|\/\/[^\n]*)|(?<name>[A-Za-z_]\w*(?:\.\w+){0,100})|(?<number>0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<string>"(?:[^"\\\n]|\\.){0,32768}")|(?<sign><-|->|\.\.|[[\](){}:;,=+*@-])|(?<bad>"[^\n]*|[\s\S])/gy;

const tokenKinds = ["name", "number", "string", "sign", "bad"] as const satisfies readonly TokenKind[];

/** Cuts a text into tokens, `maxTokens` and one more at most; the last one is the `end`. */
export function scan(source: Source): Token[] {
  const tokens: Token[] = [];
  let lineBreak = true;
  for (const match of source.text.matchAll(tokenPattern)) {
    const text = match[0];
    const kind = tokenKinds.find((candidate) => match.groups?.[candidate] !== undefined);
    if (kind === undefined) lineBreak ||= text.includes("\n");
    else {
      tokens.push({ kind, text, start: match.index, isFirst: lineBreak });
      lineBreak = false;
    }
    if (tokens.length > maxTokens) break;
  }
  tokens.push({ kind: "end", text: "", start: source.text.length, isFirst: true });
  return tokens;
}

/** Begins to read a text; of one that is too large nothing is read. */
export function makeCursor(source: Source, dialect: Dialect): Cursor {
  const { name: file, text } = source;
  const isLong = text.length > maxTextCharacters;
  const tokens = scan(isLong ? { name: file, text: "" } : source);
  const refusal = isLong
    ? problem("E0107", { file, found: text.length, unit: "characters", limit: maxTextCharacters })
    : problem("E0107", { file, found: `more than ${maxTokens}`, unit: "tokens", limit: maxTokens });
  const isRefused = isLong || tokens.length > maxTokens + 1;
  const diagnostics = isRefused ? [at(refusal, { source, start: 0, end: 0 })] : [];
  const read = isRefused ? tokens.slice(-1) : tokens;
  return { source, tokens: read, dialect, diagnostics, position: 0, statement: 0, isLost: isRefused };
}

/** The token that comes next. */
export function peek(cursor: Cursor, ahead = 0): Token {
  const last = cursor.tokens.length - 1;
  return cursor.tokens[Math.min(cursor.position + ahead, last)]!;
}

export function spanOf(cursor: Cursor, token: Token): Span {
  return { source: cursor.source, start: token.start, end: token.start + token.text.length };
}

/** From a token up to the last one that was taken. */
export function spanFrom({ source, tokens, position }: Cursor, first: Token): Span {
  const last = tokens[position - 1] ?? first;
  return { source, start: first.start, end: Math.max(first.start, last.start) + last.text.length };
}

/** Reports a mistake unless the cursor is lost already, and loses it. */
export function report(
  cursor: Cursor,
  found: Problem,
  token: Token = peek(cursor),
  known: readonly string[] = [],
): void {
  if (!cursor.isLost) note(cursor, found, token, known);
  cursor.isLost = true;
}

/**
 * Reports a mistake that leaves no doubt how the text continues, with the nearest of the names known there. After
 * `maxMistakes` nothing more is read.
 */
export function note(cursor: Cursor, found: Problem, token: Token, known: readonly string[] = []): void {
  if (cursor.isLost || cursor.diagnostics.length >= maxMistakes) return;
  const span = spanOf(cursor, token);
  const { notes, fix } = suggest(token.text, known, span);
  cursor.diagnostics.push(at(found, span, notes, fix));
  if (cursor.diagnostics.length >= maxMistakes) cursor.position = cursor.tokens.length - 1;
}

/** Reports that something else was wanted at this place; after the last token of a line, at the line's end. */
export function reportWanted(cursor: Cursor, wanted: string, token: Token = peek(cursor)): void {
  const { dialect, position, statement } = cursor;
  const before = cursor.tokens[position - 1];
  if (token.isFirst && token === peek(cursor) && position > statement && before !== undefined && token.kind !== "end") {
    const end: Token = { kind: "end", text: "", start: before.start + before.text.length, isFirst: false };
    report(cursor, problem(dialect.syntax, { found: "the end of the line", expected: wanted }), end);
  } else report(cursor, problem(dialect.syntax, { found: describe(token), expected: wanted }), token);
}

function describe(token: Token): string {
  if (token.kind === "end") return "the end of the text";
  return token.kind === "string" ? token.text : `\`${token.text}\``;
}

/** Whether the next token is this name or sign. */
export function isNext(cursor: Cursor, text: string): boolean {
  const { kind, text: next } = peek(cursor);
  return !cursor.isLost && next === text && (kind === "name" || kind === "sign");
}

/** Takes the next token if it is this name or sign. */
export function accept(cursor: Cursor, text: string): boolean {
  if (!isNext(cursor, text)) return false;
  cursor.position++;
  return true;
}

/** Takes this name or sign, or reports that it was wanted. */
export function expect(cursor: Cursor, text: string): void {
  if (!accept(cursor, text)) reportWanted(cursor, `\`${text}\``);
}

/** Takes a token of the kind, or reports that `wanted` was wanted and gives a token without text. */
export function take(cursor: Cursor, kind: TokenKind, wanted: string): Token {
  const token = peek(cursor);
  if (!cursor.isLost && token.kind === kind) {
    cursor.position++;
    return token;
  }
  reportWanted(cursor, wanted);
  return { kind, text: "", start: token.start, isFirst: false };
}

/** Reports what is after a finished line. */
export function expectLineEnd(cursor: Cursor, wanted = "the end of the line"): void {
  if (!peek(cursor).isFirst) reportWanted(cursor, wanted);
}

/** Marks the place where a statement begins. */
export function beginStatement(cursor: Cursor): void {
  cursor.statement = cursor.position;
}

/**
 * After a mistake goes to the next line; where the line left opens a body, after its closing bracket. At least one
 * token of the statement is passed.
 */
export function recover(cursor: Cursor): void {
  if (!cursor.isLost) return;
  cursor.isLost = false;
  let depth = 0;
  while (peek(cursor).kind !== "end") {
    const { text, kind, isFirst } = peek(cursor);
    const isClosing = kind === "sign" && text === "}";
    if (depth === 0 && cursor.position > cursor.statement && (isFirst || isClosing)) return;
    if (kind === "sign" && text === "{") depth++;
    if (isClosing) depth = Math.max(0, depth - 1);
    cursor.position++;
  }
}

/** `item (, item)*`, a trailing comma allowed where `closing` follows it. */
export function readList<T>(cursor: Cursor, closing: string, readItem: () => T): T[] {
  const items: T[] = [];
  while (!cursor.isLost && !isNext(cursor, closing)) {
    items.push(readItem());
    if (!accept(cursor, ",")) break;
  }
  return items;
}
