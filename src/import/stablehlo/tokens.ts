// The words and signs of MLIR's text form, as far as StableHLO programs use them. A tensor type and a dense literal are one
// token each: what stands in them has rules of its own (`2x3xf32`), and a literal may hold a million numbers.
// Source: MLIR Language Reference, "Notation" and "Top level productions".

import { createToken, Lexer, type TokenType } from "chevrotain";

function token(name: string, pattern: RegExp | string, label: string): TokenType {
  return createToken({ name, pattern, label });
}

/** Found by the lexer's caller, which knows where statements begin; so recovery can aim at them. */
function retagged(name: string, label: string): TokenType {
  return createToken({ name, pattern: Lexer.NA, label });
}

export const ResultId = retagged("ResultId", "an operation");
export const OpName = retagged("OpName", "the name of an operation");
export const GenericName = retagged("GenericName", "the name of an operation in quotes");

export const ShapedType = token(
  "ShapedType",
  /(?:tensor|vector|memref|tuple|complex)<[^<>]*(?:<[^<>]*(?:<[^<>]*>[^<>]*)*>[^<>]*)*>/,
  "a type",
);
export const Dense = token("Dense", /dense<[^<>"]*(?:"[^"]*"[^<>"]*)*>/, "a literal");
export const DenseResource = token("DenseResource", /dense_resource<[^<>]*>/, "a literal");
export const ValueId = token("ValueId", /%[\w$.-]+(?:#\d+)?/, "a value such as `%0`");
export const SymbolName = token("Symbol", /@(?:[\w$.-]+|"[^"\n]*")/, "a name such as `@main`");
export const BlockId = token("BlockId", /\^[\w$.-]+/, "a block");
export const HashName = token("HashName", /#[\w$.-]+/, "an attribute such as `#stablehlo.gather`");
export const BangName = token("BangName", /![\w$.-]+/, "a type");
export const StringToken = token("String", /"[^"\\\n]*(?:\\.[^"\\\n]*)*"/, "a string");
export const NumberToken = token("Number", /0x[\da-fA-F]+|[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?/, "a number");
export const Word = token("Word", /[A-Za-z_][\w$.]*/, "a word");

export const Arrow = token("Arrow", "->", "`->`");
export const LeftParen = token("LeftParen", "(", "`(`");
export const RightParen = token("RightParen", ")", "`)`");
export const LeftBracket = token("LeftBracket", "[", "`[`");
export const RightBracket = token("RightBracket", "]", "`]`");
export const LeftBrace = token("LeftBrace", "{", "`{`");
export const RightBrace = token("RightBrace", "}", "`}`");
export const Less = token("Less", "<", "`<`");
export const Greater = token("Greater", ">", "`>`");
export const Comma = token("Comma", ",", "`,`");
export const Colon = token("Colon", ":", "`:`");
export const Equals = token("Equals", "=", "`=`");

const Space = createToken({ name: "Space", pattern: /\s+/, group: Lexer.SKIPPED, line_breaks: true });
const Comment = createToken({ name: "Comment", pattern: /\/\/[^\r\n]*/, group: Lexer.SKIPPED });
/** Contents of resources, which follow the module; what refers to them is reported. */
const Resources = createToken({
  name: "Resources",
  pattern: /\{-#[^#]*(?:#(?!-\})[^#]*)*#-\}/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

/** In the order in which the lexer tries them. */
export const tokenTypes: readonly TokenType[] = [
  ...[Space, Comment, Resources, ShapedType, DenseResource, Dense, ValueId, SymbolName, BlockId, HashName, BangName],
  ...[StringToken, Arrow, NumberToken, Word],
  ...[LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace],
  ...[Less, Greater, Comma, Colon, Equals],
  ...[ResultId, OpName, GenericName],
];

export const lexer = new Lexer([...tokenTypes], {
  positionTracking: "onlyOffset",
  ensureOptimizations: false,
  skipValidations: true,
});
