// The colors of a `.tg` text, by the tokens of the compiler's own lexer.

import {
  HighlightStyle,
  type IndentContext,
  indentService,
  LanguageSupport,
  StreamLanguage,
  type StringStream,
  syntaxHighlighting,
} from "@codemirror/language";
import { Tag, tags } from "@lezer/highlight";
import type { LabFacts, TokenStyle } from "../../../lab/lab-data.ts";

/** How the names that the language knows are shown. */
type NameStyle = "op" | "dtype";

const opTag = Tag.define();
const tokenTable: Readonly<Record<Exclude<TokenStyle, "space"> | NameStyle, Tag>> = {
  comment: tags.lineComment,
  keyword: tags.keyword,
  value: tags.atom,
  name: tags.variableName,
  number: tags.number,
  string: tags.string,
  operator: tags.operator,
  bracket: tags.bracket,
  sign: tags.punctuation,
  wrong: tags.invalid,
  op: opTag,
  dtype: tags.typeName,
};

const colors = HighlightStyle.define([
  { tag: tags.lineComment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: tags.atom, color: "var(--code-number)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: opTag, color: "var(--code-op)" },
  { tag: tags.typeName, color: "var(--code-dtype)" },
  { tag: tags.invalid, color: "var(--more)", textDecoration: "underline" },
]);

export function tgLanguage(facts: LabFacts): LanguageSupport {
  const matchers = facts.tokens.map(({ pattern, style }) => ({ expression: new RegExp(pattern, "y"), style }));
  const ops = new Set(facts.ops.map(({ name }) => name));
  const dtypes = new Set(facts.dtypes);
  const token = (stream: StringStream): string | null => {
    for (const { expression, style } of matchers) {
      expression.lastIndex = stream.pos;
      const [text] = expression.exec(stream.string) ?? [];
      if (text === undefined || text === "") continue;
      stream.pos += text.length;
      if (style === "space") return null;
      return style === "name" ? nameStyle(text, stream.string.slice(stream.pos), { ops, dtypes }) : style;
    }
    stream.next();
    return "wrong";
  };
  const language = StreamLanguage.define({
    name: "tg",
    startState: () => ({}),
    token,
    tokenTable,
    languageData: { commentTokens: { line: "//" }, closeBrackets: { brackets: ["(", "[", "{", '"'] } },
  });
  return new LanguageSupport(language, [syntaxHighlighting(colors), indentService.of(indentation)]);
}

interface KnownNames {
  readonly ops: ReadonlySet<string>;
  readonly dtypes: ReadonlySet<string>;
}

function nameStyle(name: string, after: string, { ops, dtypes }: KnownNames): TokenStyle | NameStyle {
  if (ops.has(name) && /^\s*\(/.test(after)) return "op";
  return dtypes.has(name) ? "dtype" : "name";
}

/** As the line before, and a step more after a bracket that is open there. */
function indentation(context: IndentContext, place: number): number {
  const { text } = context.lineAt(place, -1);
  const before = context.lineAt(Math.max(0, context.lineAt(place).from - 1)).text;
  const own = /^\s*/.exec(before)?.[0].length ?? 0;
  const isOpen = /[([{]\s*(?:\/\/.*)?$/.test(before);
  return Math.max(0, own + (isOpen ? context.unit : 0) - (/^\s*[)\]}]/.test(text) ? context.unit : 0));
}
