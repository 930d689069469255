// What the grammar's exceptions mean to a person: what was expected and what was found. One mistake is reported per line, since
// later ones on the same line mostly follow from the first.

import { type IParserErrorMessageProvider, type IRecognitionException, type IToken, tokenMatcher } from "chevrotain";
import { at, type Diagnostic, type Fix, type Note, problem } from "../../ir-spec/base/result.ts";
import { positionOf, type Source, type Span } from "../../ir-spec/base/span.ts";
import { endOf, insertAfter, type Lexed, tokenSpan } from "./lex.ts";
import { Arithmetic, Comparison, Name } from "./tokens.ts";

/** What a rule begins with, in words; rules that are not here are asked for by their first token. */
const wantedByRule: Readonly<Record<string, string>> = {
  module: "`graph`, `def`, `dim` or `schedule`",
  item: "`graph`, `def`, `dim` or `schedule`",
  expr: "an expression",
  sum: "an expression",
  operand: "an expression",
  primary: "an expression",
  nameOrCall: "an expression",
  named: "`=`, `:` or `,` after the name",
  block: "a statement or `}`",
  scheduleKernel: "the name of a kernel or `*`",
};

/** Closers of lists, where a comma may come as well. */
const listRules = new Set([
  "args",
  "list",
  "params",
  "results",
  "type",
  "def",
  "graphDims",
  "scheduleKernel",
  "operand",
]);

function wantedToken(label: string, ruleName: string): string {
  if (label === "EOF") return wantedByRule.module ?? "";
  if (ruleName === "block" && label === "`}`") return "a statement or `}`";
  if (ruleName === "assign" && label === "`=`") return "`=`, `:` or `,` after the name";
  const isCloser = label === "`)`" || label === "`]`" || label === "`>`" || label === "`}`";
  return isCloser && listRules.has(ruleName) ? `\`,\` or ${label}` : label;
}

/** Makes only the part of the message that says what was wanted; `syntaxDiagnostics` does the rest. */
export const messageProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => wantedToken(expected.LABEL ?? expected.name, ruleName),
  buildNotAllInputParsedMessage: () => wantedByRule.module ?? "",
  buildNoViableAltMessage: ({ ruleName }) => wantedByRule[ruleName] ?? "something else",
  buildEarlyExitMessage: ({ ruleName }) => wantedByRule[ruleName] ?? "something else",
};

/** Nobody reads more. */
const MAX_ERRORS = 50;

export function syntaxDiagnostics(
  source: Source,
  lexed: Lexed,
  errors: readonly IRecognitionException[],
): readonly Diagnostic[] {
  const toldLines = new Set(lexed.diagnostics.map(({ span }) => positionOf(source, span?.start ?? 0).line));
  const told: Diagnostic[] = [];
  for (const error of errors.slice(0, MAX_ERRORS)) {
    const diagnostic = syntaxDiagnostic(source, lexed, error, errorSpan(source, error));
    const { line } = positionOf(source, diagnostic.span?.start ?? 0);
    if (toldLines.has(line)) continue;
    toldLines.add(line);
    told.push(diagnostic);
  }
  return told;
}

/** The end of the file is marked after the last token. */
function errorSpan(source: Source, error: IRecognitionException): Span {
  if (error.token.image !== "") return tokenSpan(source, error.token);
  const { previousToken } = error as IRecognitionException & { readonly previousToken?: IToken };
  const end = previousToken === undefined || Number.isNaN(previousToken.startOffset) ? 0 : endOf(previousToken);
  return { source, start: end, end };
}

function syntaxDiagnostic(source: Source, lexed: Lexed, error: IRecognitionException, span: Span): Diagnostic {
  const { token } = error;
  const isOperator = tokenMatcher(token, Arithmetic) || tokenMatcher(token, Comparison);
  if (isOperator && lexed.lineStarts.has(token.startOffset)) {
    return at(problem("E0109", { operator: token.image }), span);
  }
  const index = token.image === "" ? lexed.tokens.length : lexed.tokens.indexOf(token);
  const isLate = error.message === wantedByRule.block && token.image !== "" && !lexed.lineStarts.has(token.startOffset);
  const wanted = isLate ? "a new line or `;` before it" : error.message;
  const unclosed = unclosedBracket(source, lexed.tokens, index, wanted);
  if (unclosed !== undefined) return unclosed(describe(token), span);
  const previous = lexed.tokens[index - 1];
  const comma = missingComma(source, previous, token, wanted);
  const found = problem("E0103", { found: describe(token), expected: wanted });
  return comma === undefined ? at(found, span, hints(previous, token, wanted)) : at(found, span, [], comma);
}

/** Where an item of a list follows another one, only the comma between them is missing. */
function missingComma(source: Source, previous: IToken | undefined, token: IToken, wanted: string): Fix | undefined {
  if (previous === undefined || !wanted.startsWith("`,` or ")) return undefined;
  const isItem = /^[\w"]/.test(token.image);
  const endsItem = /[\w"\])]$/.test(previous.image);
  return isItem && endsItem ? insertAfter(source, previous, ",") : undefined;
}

function describe(token: IToken): string {
  if (token.image === "") return "the end of the file";
  return token.image.length > 40 ? `\`${token.image.slice(0, 40)}...\`` : `\`${token.image}\``;
}

function hints(previous: IToken | undefined, token: IToken, wanted: string): readonly Note[] {
  const reserved = [token, previous].find((candidate) => candidate?.tokenType.name.startsWith("Keyword_"));
  const isName = wanted === "a name" || wanted.startsWith("a statement");
  if (isName && reserved !== undefined && !tokenMatcher(reserved, Name)) {
    return [{ text: `\`${reserved.image}\` is a word of the language, so it names nothing else` }];
  }
  if (wanted === "`:`") return [{ text: "every parameter has a type, such as `x: f32[4]`" }];
  if (token.image === ":" && wanted.includes("`,`")) return [{ text: "attributes are written `name=value`" }];
  return [];
}

const openers: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/**
 * Where a closing bracket is wanted and the text continues with something that cannot be inside, the bracket was
 * forgotten: says which one.
 */
function unclosedBracket(source: Source, tokens: readonly IToken[], index: number, wanted: string) {
  const closer = /`([)\]}])`$/.exec(wanted)?.[1];
  const previous = tokens[index - 1];
  const found = tokens[index];
  if (closer === undefined || previous === undefined) return undefined;
  const endsLine = found === undefined || source.text.slice(endOf(previous), found.startOffset).includes("\n");
  const endsPart =
    found !== undefined && ("{})]".includes(found.image) || found.image === "graph" || found.image === "def");
  const open = openBefore(tokens, index, openers[closer] ?? "");
  const isForgotten = closer === "}" ? found === undefined || endsPart : endsLine || endsPart;
  if (!isForgotten || open === undefined) return undefined;
  const { line } = positionOf(source, open.startOffset);
  const isRound = closer !== "}";
  return (describedFound: string, foundSpan: Span): Diagnostic => {
    const { span, found: foundText } =
      endsLine && isRound ? endOfLine(source, previous) : { span: foundSpan, found: describedFound };
    const notes = [{ text: "opened here", span: tokenSpan(source, open) }];
    const fix = isRound ? insertAfter(source, previous, closer) : undefined;
    return at(
      problem("E0104", { found: foundText, expected: `\`${closer}\``, open: `\`${open.image}\``, line }),
      span,
      notes,
      fix,
    );
  };
}

function endOfLine(source: Source, previous: IToken): { readonly span: Span; readonly found: string } {
  const end = endOf(previous);
  return { span: { source, start: end, end }, found: "the end of the line" };
}

/** The innermost bracket of a kind that is open before a token. */
function openBefore(tokens: readonly IToken[], index: number, opener: string): IToken | undefined {
  let depth = 0;
  for (let i = index - 1; i >= 0; i--) {
    const token = tokens[i] as IToken;
    if (token.image === opener && depth === 0) return token;
    if (")]}".includes(token.image)) depth += 1;
    if ("([{".includes(token.image) && depth > 0) depth -= 1;
  }
  return undefined;
}
