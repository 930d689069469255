// The words and signs of the `.tg` language, and the lexer made of them. The text of a token is all that the grammar sees;
// op names are plain names here.

import { createToken, Lexer, type TokenType } from "chevrotain";

interface TokenOptions {
  readonly label?: string;
  readonly categories?: readonly TokenType[];
  readonly longerAlt?: TokenType;
  readonly group?: string;
}

function token(name: string, pattern: RegExp | string, options: TokenOptions = {}): TokenType {
  return createToken({
    name,
    pattern,
    ...(options.label === undefined ? {} : { label: options.label }),
    ...(options.categories === undefined ? {} : { categories: [...options.categories] }),
    ...(options.longerAlt === undefined ? {} : { longer_alt: options.longerAlt }),
    ...(options.group === undefined ? {} : { group: options.group }),
  });
}

function category(name: string, label: string): TokenType {
  return createToken({ name, pattern: Lexer.NA, label });
}

/** Anything that can name a value: identifiers, and the words that are special in one place only. */
export const Name = category("Name", "a name");
export const Arithmetic = category("Arithmetic", "an operator");
export const Comparison = category("Comparison", "a comparison");
/** `true`, `inf` and their like: values that are words. */
export const Word = category("Word", "a value");

export const Identifier = token("Identifier", /%?[A-Za-z_]\w*|%\d+/, { label: "a name", categories: [Name] });

/** A name that begins a statement; the lexer's caller finds these, so that error recovery can aim at them. */
export const LineName = createToken({ name: "LineName", pattern: Lexer.NA, label: "a statement", categories: [Name] });

/** A word that no value can have as its name. */
function keyword(text: string, categories: readonly TokenType[] = []): TokenType {
  return token(`Keyword_${text}`, text, { label: `\`${text}\``, longerAlt: Identifier, categories });
}
function sign(name: string, text: string, categories: readonly TokenType[] = []): TokenType {
  return token(name, text, { label: `\`${text}\``, categories });
}

export const GraphWord = keyword("graph");
export const DefWord = keyword("def");
export const ForWord = keyword("for");
export const InWord = keyword("in");
export const ReturnWord = keyword("return");
const valueWords = ["true", "false", "inf", "nan", "none"].map((text) => keyword(text, [Word]));

export const WeightWord = keyword("weight", [Name]);
export const StateWord = keyword("state", [Name]);
export const KernelWord = keyword("kernel", [Name]);
export const ScheduleWord = keyword("schedule", [Name]);
export const DimWord = keyword("dim", [Name]);

export const NumberToken = token("Number", /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]|\.\d)/, { label: "a number" });
/** Read as a number, so that the parser continues; the lexer's caller reports it. */
export const BadNumber = token("BadNumber", /\d(?:\w|\.(?!\.))*/, { label: "a number", categories: [NumberToken] });
export const StringToken = token("String", /"[^"\r\n]*"/, { label: "a string" });
/** Read as a string, so that the parser continues; the lexer's caller reports it. */
export const BadString = token("BadString", /"[^"\r\n]*/, { label: "a string", categories: [StringToken] });

export const Arrow = sign("Arrow", "->");
export const Range = sign("Range", "..");
export const Equals = sign("Equals", "=");
export const Less = sign("Less", "<", [Comparison]);
export const Greater = sign("Greater", ">", [Comparison]);
export const Minus = sign("Minus", "-", [Arithmetic]);
export const Star = sign("Star", "*", [Arithmetic]);
const otherOperators = [
  sign("LessEqual", "<=", [Comparison]),
  sign("GreaterEqual", ">=", [Comparison]),
  sign("DoubleEqual", "==", [Comparison]),
  sign("NotEqual", "!=", [Comparison]),
  sign("Plus", "+", [Arithmetic]),
  sign("Slash", "/", [Arithmetic]),
];
export const LeftParen = sign("LeftParen", "(");
export const RightParen = sign("RightParen", ")");
export const LeftBracket = sign("LeftBracket", "[");
export const RightBracket = sign("RightBracket", "]");
export const LeftBrace = sign("LeftBrace", "{");
export const RightBrace = sign("RightBrace", "}");
export const Comma = sign("Comma", ",");
export const Colon = sign("Colon", ":");
export const Semicolon = sign("Semicolon", ";");

const Space = token("Space", /\s+/, { group: Lexer.SKIPPED });
const Comment = token("Comment", /\/\/[^\r\n]*/, { group: "comments" });
/** A comment as other languages write it; the lexer's caller reports it. */
const HashComment = token("HashComment", /#[^\r\n]*/, { group: "hashComments" });

/** In the order in which the lexer tries them; what begins with another one is before it (`inf` before `in`). */
export const tokenTypes: readonly TokenType[] = [
  Space,
  Comment,
  HashComment,
  GraphWord,
  DefWord,
  ForWord,
  ReturnWord,
  ...valueWords,
  InWord,
  WeightWord,
  StateWord,
  KernelWord,
  ScheduleWord,
  DimWord,
  Identifier,
  NumberToken,
  BadNumber,
  StringToken,
  BadString,
  Arrow,
  Range,
  ...otherOperators,
  Equals,
  Less,
  Greater,
  Minus,
  Star,
  LeftParen,
  RightParen,
  LeftBracket,
  RightBracket,
  LeftBrace,
  RightBrace,
  Comma,
  Colon,
  Semicolon,
  Name,
  LineName,
  Arithmetic,
  Comparison,
  Word,
];

export const lexer = new Lexer([...tokenTypes], {
  positionTracking: "onlyOffset",
  ensureOptimizations: false,
  skipValidations: true,
});
