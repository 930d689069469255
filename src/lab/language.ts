// What an editor of `.tg` programs needs to know of the language, from the tables that the compiler itself reads.

import { type AttrKind, describeKind } from "../../ir-spec/base/attr.ts";
import { dtypeNames } from "../../ir-spec/base/dtype.ts";
import { type OpName, opDef, opNames } from "../../ir-spec/ops/index.ts";
import { printCall, printDefault } from "../../ir-spec/ops/print-call.ts";
import { Arithmetic, Comparison, tokenTypes, Word } from "../text/tokens.ts";
import type { LabAttr, LabOp, LabToken, TokenStyle } from "./lab-data.ts";

type TokenType = (typeof tokenTypes)[number];

/** Tokens that have a style of their own; the others have that of their category. */
const styles: Readonly<Record<string, TokenStyle>> = {
  ...{ Space: "space", Comment: "comment", HashComment: "wrong", BadNumber: "wrong", BadString: "wrong" },
  ...{ Number: "number", String: "string", Identifier: "name" },
};

function styleOf({ name, CATEGORIES = [] }: TokenType): TokenStyle {
  const own = styles[name];
  if (own !== undefined) return own;
  if (CATEGORIES.includes(Word)) return "value";
  if (name.startsWith("Keyword_")) return "keyword";
  if (CATEGORIES.includes(Arithmetic) || CATEGORIES.includes(Comparison)) return "operator";
  return /Paren|Bracket|Brace/.test(name) ? "bracket" : "sign";
}

/** The lexer's tokens, in the order in which it tries them; categories, which nothing matches by itself, are left out. */
export function languageTokens(): readonly LabToken[] {
  return tokenTypes.flatMap((type) => {
    const pattern = patternOf(type);
    return pattern === undefined ? [] : [{ pattern, style: styleOf(type) }];
  });
}

function patternOf({ PATTERN, LONGER_ALT }: TokenType): string | undefined {
  // What stands for a category has an expression that matches nothing, as chevrotain makes it.
  if (PATTERN instanceof RegExp) return PATTERN.source === "NOT_APPLICABLE" ? undefined : PATTERN.source;
  if (typeof PATTERN !== "string") return undefined;
  const text = PATTERN.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  return LONGER_ALT === undefined ? text : `${text}(?!\\w)`;
}

/** Words that no op, dtype or value is called. */
export const languageKeywords: readonly string[] = tokenTypes.flatMap(({ name }) =>
  name.startsWith("Keyword_") ? [name.slice("Keyword_".length)] : [],
);

export const languageDtypes: readonly string[] = dtypeNames;

export function languageOps(): readonly LabOp[] {
  return opNames.map(labOp);
}

function labOp(name: OpName): LabOp {
  const row = opDef(name);
  const attrs = Object.entries(row.attrs).map(([attr, kind]) => labAttr(attr, kind));
  return { name, call: printCall(name, row), summary: row.summary, detail: row.detail, attrs };
}

function labAttr(name: string, kind: AttrKind): LabAttr {
  const choices = kind.kind === "choice" ? kind.choices.map((choice) => `"${choice}"`) : [];
  const usual = kind.default === undefined ? "" : printDefault(kind);
  const words = kind.kind === "bool" ? ["true", "false"] : kind.kind === "dtype" ? (kind.among ?? dtypeNames) : choices;
  return { name, takes: describeKind(kind), usual, choices: words };
}
