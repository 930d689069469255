// Text -> tokens, with all that can be said before the grammar is asked: whether it is a text at all, how large it is, bad
// characters, numbers and strings, and how deep brackets and operators are in one another (a bound on the recursion of
// all later steps). It also finds where an infix operator cannot continue an expression: at the beginning of a line
// outside round and square brackets.

import { type IToken, type TokenType, tokenMatcher } from "chevrotain";
import { at, type Diagnostic, type Fix, type Problem, problem } from "../../ir-spec/base/result.ts";
import { positionOf, type Source, type Span } from "../../ir-spec/base/span.ts";
import { isInfixOperator } from "./infix.ts";
import {
  BadNumber,
  BadString,
  DefWord,
  DimWord,
  ForWord,
  GraphWord,
  Identifier,
  KernelWord,
  LeftBrace,
  LineName,
  lexer,
  Name,
  ReturnWord,
  RightBrace,
  ScheduleWord,
} from "./tokens.ts";

/** More than any program needs that keeps its weights in files. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** Each takes some hundred bytes while it is read. */
const MAX_WORDS = 2 ** 19;
const MAX_BRACKETS = 64;
const MAX_OPERATORS = 500;
/** A wrong file gives thousands of bad characters; nobody reads more than this. */
const MAX_LEXER_ERRORS = 20;

export interface Lexed {
  readonly tokens: readonly IToken[];
  readonly comments: readonly Span[];
  /** Offsets of the tokens that begin a line outside round and square brackets. */
  readonly lineStarts: ReadonlySet<number>;
  readonly diagnostics: readonly Diagnostic[];
}

export function tokenSpan(source: Source, token: IToken): Span {
  return { source, start: token.startOffset, end: token.startOffset + token.image.length };
}

/** Splits a text into tokens; none when the text is refused as a whole. */
export function lex(source: Source): Lexed {
  const refusal = refuse(source);
  if (refusal !== undefined) return { tokens: [], comments: [], lineStarts: new Set(), diagnostics: [refusal] };
  const found = lexer.tokenize(source.text);
  const comments = (found.groups.comments ?? []).map((token) => tokenSpan(source, token));
  const badCharacters = found.errors
    .slice(0, MAX_LEXER_ERRORS)
    .map((error) => badCharacter(source, error.offset, error.length));
  const badComments = (found.groups.hashComments ?? [])
    .slice(0, MAX_LEXER_ERRORS)
    .map((token) => badCharacter(source, token.startOffset, 1));
  const badTokens = found.tokens.flatMap((token) => badToken(source, token)).slice(0, MAX_LEXER_ERRORS);
  const layout = layOut(source, found.tokens);
  const diagnostics = [
    ...oneEachLine(source, [...badCharacters, ...badComments, ...badTokens].sort(byPlace)),
    ...layout.diagnostics,
  ];
  return { tokens: layout.tokens, comments, lineStarts: layout.lineStarts, diagnostics };
}

/** Orders diagnostics as their places are in the text. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (a.span?.start ?? 0) - (b.span?.start ?? 0);
}

/** The first of each line: others there are mostly the second half of the same mistake. */
function oneEachLine(source: Source, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const byLine = new Map<number, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { line } = positionOf(source, diagnostic.span?.start ?? 0);
    if (!byLine.has(line)) byLine.set(line, diagnostic);
  }
  return [...byLine.values()];
}

/** Says why the text is not read at all: too large, or binary. */
function refuse(source: Source): Diagnostic | undefined {
  const { name: file, text } = source;
  const start = { source, start: 0, end: 0 };
  if (text.length > MAX_CHARACTERS)
    return at(problem("E0107", { file, found: text.length, unit: "characters", limit: MAX_CHARACTERS }), start);
  const words = countWords(text);
  if (words > MAX_WORDS)
    return at(problem("E0107", { file, found: words, unit: "words and signs", limit: MAX_WORDS }), start);
  if (text.includes("\0")) return at(problem("E0106", { file, found: "NUL bytes" }), start);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const strange = text.match(/[\x01-\x08\x0e-\x1f\x7f\ufffd]/g)?.length ?? 0;
  const isBinary = strange > 8 && strange * 50 > text.length;
  return isBinary ? at(problem("E0106", { file, found: `${strange} control characters` }), start) : undefined;
}

/** Words and signs outside of comments, about as many as tokens; nothing is allocated for them. */
function countWords(text: string): number {
  let count = 0;
  let isWord = false;
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place);
    if (code === slash && text.charCodeAt(place + 1) === slash) {
      const end = text.indexOf("\n", place);
      if (end < 0) return count;
      place = end;
      isWord = false;
    } else {
      const wasWord = isWord;
      isWord = isWordCode(code);
      if (code > blank && !(wasWord && isWord)) count += 1;
    }
  }
  return count;
}

const [blank, slash, dot, underscore] = [0x20, 0x2f, 0x2e, 0x5f];

/** Letters, digits, `_`, `.` and all that is not ASCII. */
function isWordCode(code: number): boolean {
  const lower = code | 0x20;
  const isLetter = lower >= 0x61 && lower <= 0x7a;
  return isLetter || (code >= 0x30 && code <= 0x39) || code === dot || code === underscore || code >= 0x80;
}

/** What people write for a sign of the language. */
const lookAlikes: Readonly<Record<string, string>> = {
  "×": "*",
  "·": "*",
  "÷": "/",
  "−": "-",
  "–": "-",
  "→": "->",
  "≤": "<=",
  "≥": ">=",
  "≠": "!=",
  "“": '"',
  "”": '"',
  "'": '"',
  "#": "//",
};

function badCharacter(source: Source, start: number, length: number): Diagnostic {
  const written = source.text.slice(start, start + length);
  const first = String.fromCodePoint(written.codePointAt(0) ?? 0);
  const isOne = written === first;
  const code = (first.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const isVisible = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(first);
  const shown = isVisible ? `\`${first}\`` : `U+${code}`;
  const span = { source, start, end: start + length };
  const instead = lookAlikes[first];
  if (instead === undefined) return at(problem("E0101", { found: shown }), span);
  const title = `write \`${instead}\` instead`;
  const notes = [{ text: title }];
  return at(problem("E0101", { found: shown }), span, notes, isOne ? { span, replacement: instead, title } : undefined);
}

function badToken(source: Source, token: IToken): readonly Diagnostic[] {
  const span = tokenSpan(source, token);
  if (token.tokenType === BadNumber) return [at(problem("E0110", { found: token.image }), span)];
  if (token.tokenType !== BadString) return [];
  return [at(problem("E0102", {}), span)];
}

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

interface OpenBracket {
  readonly sign: string;
  /** How many operators stood around the bracket where it opened. */
  readonly around: number;
  /** The most operators in one another at the end of any part between the bracket's commas. */
  max: number;
}

/**
 * Follows the brackets through the tokens and marks what begins a line or a statement. `operators` counts what the syntax
 * tree will nest at this place: infix operators, signs and indices. Where that is too deep, all tokens are dropped.
 */
function layOut(source: Source, tokens: readonly IToken[]): Omit<Lexed, "comments"> {
  const laidOut: IToken[] = [];
  const lineStarts = new Set<number>();
  const open: OpenBracket[] = [{ sign: "{", around: 0, max: 0 }];
  let operators = 0;
  for (const [index, token] of tokens.entries()) {
    const { image } = token;
    const previous = tokens[index - 1];
    const beginsLine = previous === undefined || source.text.slice(endOf(previous), token.startOffset).includes("\n");
    if (isOutside(token) || (beginsLine && isAssignment(previous, token, tokens[index + 1]))) dropInner(open);
    const top = open.at(-1) as OpenBracket;
    const beginsStatement = top.sign === "{" && (beginsLine || "{};".includes(previous.image));
    if (beginsLine && top.sign === "{") lineStarts.add(token.startOffset);
    if (beginsStatement) operators = 0;
    if (isInfixOperator(image) || image === "[") operators += 1;
    if (image === ",") {
      top.max = Math.max(top.max, operators);
      operators = top.around;
    }
    if (closers[top.sign] === image && open.length > 1) {
      open.pop();
      operators = Math.max(top.max, operators);
    }
    if (Object.hasOwn(closers, image)) open.push({ sign: image, around: operators, max: operators });
    const tooDeep = depthProblem(open.length - 1, operators);
    if (tooDeep !== undefined) return { tokens: [], lineStarts, diagnostics: [at(tooDeep, tokenSpan(source, token))] };
    laidOut.push(beginsStatement && isStatementName(token, tokens[index + 1]) ? asLineName(token) : token);
  }
  return { tokens: laidOut, lineStarts, diagnostics: [] };
}

export function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}

const outsideBrackets = new Set<TokenType>([LeftBrace, RightBrace, GraphWord, DefWord, ForWord, ReturnWord]);

function isOutside(token: IToken): boolean {
  return outsideBrackets.has(token.tokenType);
}

/** `name =` at the beginning of a line. In brackets that is an attribute, which only follows an opening or a comma. */
function isAssignment(previous: IToken | undefined, token: IToken, next: IToken | undefined): boolean {
  return next?.image === "=" && tokenMatcher(token, Name) && !"([,".includes(previous?.image ?? "(");
}

/** Leaves round and square brackets that were never closed, where something comes that cannot be inside. */
function dropInner(open: OpenBracket[]): void {
  while (open.length > 1 && open.at(-1)?.sign !== "{") open.pop();
}

function depthProblem(brackets: number, operators: number): Problem | undefined {
  if (brackets > MAX_BRACKETS) return problem("E0108", { limit: MAX_BRACKETS, what: "brackets" });
  return operators > MAX_OPERATORS ? problem("E0108", { limit: MAX_OPERATORS, what: "operators" }) : undefined;
}

const wordsBeforeNames = new Set<TokenType>([KernelWord, ScheduleWord, DimWord]);

/** `kernel a {` begins a block, but `kernel = x` gives a name. */
function isStatementName(token: IToken, next: IToken | undefined): boolean {
  if (token.tokenType === Identifier) return true;
  if (!tokenMatcher(token, Name)) return false;
  return !wordsBeforeNames.has(token.tokenType) || "=,:".includes(next?.image ?? "?");
}

function asLineName(token: IToken): IToken {
  return { ...token, tokenType: LineName, tokenTypeIdx: LineName.tokenTypeIdx as number };
}

/** The change that puts `text` right after `token`. */
export function insertAfter(source: Source, token: IToken, text: string): Fix {
  const end = endOf(token);
  return { span: { source, start: end, end }, replacement: text, title: `insert \`${text}\`` };
}
