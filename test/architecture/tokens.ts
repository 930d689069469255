// A small scanner for TypeScript source: words, numbers, strings, regular expressions and punctuation, without comments.
// It is all that the architecture tests need, and depends on no programming interface of the compiler.

export interface Token {
  readonly kind: "word" | "number" | "string" | "regex" | "punctuation";
  /** As written; strings and templates without their quotes. */
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  /** How many brackets of any kind are open before this token. */
  readonly depth: number;
}

const blankPattern = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const regexPattern = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const templateTextPattern = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;
const tokenPattern = new RegExp(
  [
    /(?<string>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')/,
    /(?<number>0[xobXOB][\da-fA-F_]+n?|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?)/,
    /(?<word>[#$_\p{ID_Start}][$\p{ID_Continue}]*)/u,
    /(?<punctuation>\*\*|<<|=>|\.\.\.|[\s\S])/,
  ]
    .map((pattern) => pattern.source)
    .join("|"),
  "uy",
);

/** Words after which a slash begins a regular expression rather than a division. */
const wordsBeforeExpression = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "else",
  "void",
  "throw",
  "await",
  "yield",
]);

/** Splits TypeScript source into tokens. A template literal gives one string for each stretch of text between `${}` parts. */
export const scanTokens = (source: string): readonly Token[] => {
  const tokens: Token[] = [];
  const open: string[] = [];
  let at = source.startsWith("#!") ? source.indexOf("\n") : 0;
  let line = 1;

  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  const skip = (text: string): void => {
    at += text.length;
    line += text.split("\n").length - 1;
  };
  const take = (kind: Token["kind"], written: string, text = written): void => {
    const closes = kind === "punctuation" && ")]}".includes(written);
    if (closes) open.pop();
    tokens.push({ kind, text, line, depth: open.length });
    if (kind === "punctuation" && "([{".includes(written)) open.push(written);
    skip(written);
  };
  const takeTemplateText = (): void => {
    at += 1; // the backquote, or the brace that ends a `${}` part
    take("string", match(templateTextPattern)?.[0] ?? "");
    const endsTemplate = source[at] === "`";
    at += endsTemplate ? 1 : 2;
    if (!endsTemplate) open.push("${");
  };

  while (at < source.length) {
    const blank = match(blankPattern)?.[0];
    const regex = source[at] === "/" && regexMayFollow(tokens) ? match(regexPattern)?.[0] : undefined;
    if (blank !== undefined) {
      skip(blank);
    } else if (regex !== undefined) {
      take("regex", regex);
    } else if (source[at] === "`") {
      takeTemplateText();
    } else if (source[at] === "}" && open.at(-1) === "${") {
      open.pop();
      takeTemplateText();
    } else {
      const found = match(tokenPattern)?.groups ?? {};
      if (found.string !== undefined) take("string", found.string, found.string.slice(1, -1));
      else if (found.number !== undefined) take("number", found.number);
      else if (found.word !== undefined) take("word", found.word);
      else take("punctuation", found.punctuation ?? "");
    }
  }
  return tokens;
};

/** Whether a slash after these tokens can only begin a regular expression. */
const regexMayFollow = (tokens: readonly Token[]): boolean => {
  const endsValue = (token: Token | undefined): boolean => {
    if (token === undefined) return false;
    if (token.kind === "punctuation") return ")]}".includes(token.text);
    return token.kind !== "word" || !wordsBeforeExpression.has(token.text);
  };
  const last = tokens.at(-1);
  const isNonNullMark = last?.text === "!" && endsValue(tokens.at(-2));
  return !endsValue(last) && !isNonNullMark;
};
