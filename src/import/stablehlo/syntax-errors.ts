// What the grammar's exceptions mean to a person: what was expected and what was found, once for each line.

import type { IParserErrorMessageProvider, IRecognitionException, IToken } from "chevrotain";
import { at, type Diagnostic, problem } from "../../../ir-spec/base/result.ts";
import { positionOf, type Source, type Span } from "../../../ir-spec/base/span.ts";
import { shown, tokenSpan } from "./lex.ts";

/** What a rule begins with, in words; rules that are not here are asked for by their first token. */
const wantedByRule: Readonly<Record<string, string>> = {
  file: "an operation",
  operation: "the name of an operation",
  item: "an operand, an attribute or a type",
  group: "an operand or `)`",
  region: "an operation or `}`",
  opType: "a type",
  type: "a type",
  functionType: "a type",
  arrow: "a type",
  attr: "an attribute",
  literal: "an attribute",
  entries: "an attribute",
};

function wanted(ruleName: string, label: string): string {
  return label === "EOF" ? "an operation" : (wantedByRule[ruleName] ?? label);
}

/** Makes only the part of the message that says what was wanted; `syntaxDiagnostics` does the rest. */
export const messageProvider: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => expected.LABEL ?? expected.name,
  buildNotAllInputParsedMessage: () => "an operation",
  buildNoViableAltMessage: ({ ruleName }) => wanted(ruleName, "something else"),
  buildEarlyExitMessage: ({ ruleName }) => wanted(ruleName, "something else"),
};

/** Nobody reads more. */
const maxErrors = 50;

/** The mistakes of the syntax, in the order of the text. */
export function syntaxDiagnostics(source: Source, errors: readonly IRecognitionException[]): readonly Diagnostic[] {
  const reportedLines = new Set<number>();
  const reported: Diagnostic[] = [];
  for (const error of errors.slice(0, maxErrors)) {
    const span = errorSpan(source, error);
    const { line } = positionOf(source, span.start);
    if (reportedLines.has(line)) continue;
    reportedLines.add(line);
    const found = error.token.image === "" ? "the end of the file" : shown(error.token.image);
    const expected = error.message === "EOF" ? "an operation" : error.message;
    reported.push(at(problem("E1540", { expected, found }), span));
  }
  return reported;
}

/** The end of the file is marked after the last token. */
function errorSpan(source: Source, error: IRecognitionException): Span {
  if (error.token.image !== "") return tokenSpan(source, error.token);
  const { previousToken } = error as IRecognitionException & { readonly previousToken?: IToken };
  const isKnown = previousToken !== undefined && !Number.isNaN(previousToken.startOffset);
  const end = isKnown ? previousToken.startOffset + previousToken.image.length : 0;
  return { source, start: end, end };
}
