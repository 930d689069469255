// StableHLO text -> tokens: bounds on what is read at all, statements marked so that the parser can recover at the next one,
// and locations (`loc(...)`) left out, which name places in a Python program.

import type { IToken, TokenType } from "chevrotain";
import { at, type Diagnostic, type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Source, Span } from "../../../ir-spec/base/span.ts";
import * as t from "./tokens.ts";

/** Assumed: a text with weights written out; larger ones come with their weights in a file. */
const maxCharacters = 256 * 1024 * 1024;
/** Assumed: some 30,000 operations. Each token takes some hundred bytes while it is read. */
const maxTokens = 2 ** 20;
const maxBrackets = 100;
/** A wrong file gives thousands; nobody reads more. */
const maxMistakes = 20;

export interface LexedMlir {
  readonly tokens: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

export function tokenSpan(source: Source, token: IToken): Span {
  return { source, start: token.startOffset, end: token.startOffset + token.image.length };
}

/** Splits a text into tokens; none when it is refused as a whole. */
export function lexMlir(source: Source): LexedMlir {
  const refusal = refuse(source);
  if (refusal !== undefined) return refused(at(refusal, { source, start: 0, end: 0 }));
  const found = t.lexer.tokenize(source.text);
  const diagnostics = found.errors.slice(0, maxMistakes).map((error) => {
    const span = { source, start: error.offset, end: error.offset + error.length };
    return at(
      problem("E1540", { expected: "an operation", found: shown(source.text.slice(span.start, span.end)) }),
      span,
    );
  });
  const deep = findTooDeep(found.tokens);
  if (deep !== undefined) return refused(at(tooDeep, tokenSpan(source, deep)));
  return { tokens: markStatements(source, withoutLocations(found.tokens)), diagnostics };
}

function refused(diagnostic: Diagnostic): LexedMlir {
  return { tokens: [], diagnostics: [diagnostic] };
}

/** A part of the text in quotes, shortened. */
export function shown(text: string): string {
  return text.length > 40 ? `\`${text.slice(0, 40)}...\`` : `\`${text}\``;
}

const tooDeep = problem("E1545", { what: "the text", found: "more", unit: "nested brackets", limit: maxBrackets });

function refuse({ text, name: what }: Source): Problem | undefined {
  if (text.includes("\0")) return problem("E1540", { expected: "StableHLO as text", found: "a binary file" });
  if (text.length > maxCharacters)
    return problem("E1545", { what, found: text.length, unit: "characters", limit: maxCharacters });
  const words = countWords(text);
  return words > maxTokens
    ? problem("E1545", { what, found: words, unit: "words and signs", limit: maxTokens })
    : undefined;
}

/** Words and signs outside of strings and dense literals, at least as many as tokens; stops soon after the limit. */
function countWords(text: string): number {
  const word = /dense<[^<>"]*(?:"[^"]*"[^<>"]*)*>|"[^"\n]*"|[\w$.]+|[^\s\w$.]/g;
  let count = 0;
  while (count <= maxTokens && word.exec(text) !== null) count += 1;
  return count;
}

function findTooDeep(tokens: readonly IToken[]): IToken | undefined {
  let depth = 0;
  for (const token of tokens) {
    if (openers.has(token.tokenType)) depth += 1;
    if (closers.has(token.tokenType)) depth -= 1;
    if (depth > maxBrackets) return token;
  }
  return undefined;
}

const openers = new Set<TokenType>([t.LeftParen, t.LeftBracket, t.LeftBrace, t.Less]);
const closers = new Set<TokenType>([t.RightParen, t.RightBracket, t.RightBrace, t.Greater]);

/** Leaves out `loc(...)` after operations and parameters, and lines such as `#loc1 = loc("x")`. */
function withoutLocations(tokens: readonly IToken[]): readonly IToken[] {
  const kept: IToken[] = [];
  let open = 0;
  for (const [index, token] of tokens.entries()) {
    const isLocation = open === 0 && token.image === "loc" && tokens[index + 1]?.tokenType === t.LeftParen;
    const isOpening = token.tokenType === t.LeftParen && (open > 0 || isLocationWord(tokens, index - 1));
    if (isLocation && isAlias(kept)) kept.length -= 2;
    if (isOpening) open += 1;
    else if (open > 0 && token.tokenType === t.RightParen) open -= 1;
    else if (open === 0 && !isLocation) kept.push(token);
  }
  return kept;
}

function isLocationWord(tokens: readonly IToken[], index: number): boolean {
  return tokens[index]?.image === "loc" && tokens[index]?.tokenType === t.Word;
}

function isAlias(kept: readonly IToken[]): boolean {
  return kept.at(-1)?.tokenType === t.Equals && kept.at(-2)?.tokenType === t.HashName;
}

/** Whether a dictionary or a region is open, and how many other brackets in it. */
interface Nesting {
  inside: number;
}

/**
 * Gives the tokens that begin an operation types of their own: the first result, or the name of an operation without
 * results; and the name after the results.
 */
function markStatements(source: Source, tokens: readonly IToken[]): readonly IToken[] {
  const open: Nesting[] = [{ inside: 0 }];
  let isNameNext = false;
  return tokens.map((token, index) => {
    const top = open.at(-1) as Nesting;
    if (token.tokenType === t.LeftBrace) open.push({ inside: 0 });
    else if (token.tokenType === t.RightBrace && open.length > 1) open.pop();
    else if (openers.has(token.tokenType)) top.inside += 1;
    else if (closers.has(token.tokenType)) top.inside = Math.max(0, top.inside - 1);
    if (top.inside > 0) return token;
    const previous = tokens[index - 1];
    const context = { next: tokens[index + 1], beginsLine: beginsLine(source, previous, token), isNameNext };
    const type = statementType(token, context);
    if (type === t.ResultId) isNameNext = true;
    else if (token.tokenType !== t.Equals && isNameNext && previous?.tokenType === t.Equals) isNameNext = false;
    return type === undefined ? token : { ...token, tokenType: type, tokenTypeIdx: type.tokenTypeIdx as number };
  });
}

function beginsLine(source: Source, previous: IToken | undefined, token: IToken): boolean {
  if (previous === undefined) return true;
  return source.text.slice(previous.startOffset + previous.image.length, token.startOffset).includes("\n");
}

interface Context {
  readonly next: IToken | undefined;
  readonly beginsLine: boolean;
  /** After results and before the name of their operation. */
  readonly isNameNext: boolean;
}

function statementType(token: IToken, { next, beginsLine: isFirst, isNameNext }: Context): TokenType | undefined {
  const { tokenType, image } = token;
  if (tokenType === t.ValueId) return isResult(next, isFirst) && !isNameNext ? t.ResultId : undefined;
  if (tokenType === t.StringToken) {
    return (isNameNext || isFirst) && next?.tokenType === t.LeftParen ? t.GenericName : undefined;
  }
  if (tokenType !== t.Word || next?.tokenType === t.Equals) return undefined;
  const isReturn = image === "return" || image.endsWith(".return");
  const isName = isFirst && (image.includes(".") || bareOps.has(image));
  return isNameNext || isReturn || isName ? t.OpName : undefined;
}

/** Operations whose dialect is left out in the text. */
const bareOps = new Set(["module", "call", "return"]);

function isResult(next: IToken | undefined, isFirst: boolean): boolean {
  return isFirst || next?.tokenType === t.Equals;
}
