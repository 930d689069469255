// Splits a RUN line into words as a shell would, and finds the signs that a shell would obey. Only a few of them have a meaning here;
// the rest are refused rather than passed on as words.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";

export type ShellToken =
  | { readonly kind: "word"; readonly text: string; readonly offset: number }
  | { readonly kind: "sign"; readonly text: string; readonly offset: number };

export interface ShellMistake {
  readonly offset: number;
  readonly why: string;
}

/** Longest first. */
const signs = ["2>&1", "&>", "2>", ">>", "&&", "||", ">", "<", "|", ";", "&", "$(", "`"];

/** Splits a line; `replace` puts values for `%s` and its like in, quoted or not. */
export function splitShellWords(
  text: string,
  replace: (word: string) => Result<string, string>,
): Result<readonly ShellToken[], ShellMistake> {
  const tokens: ShellToken[] = [];
  for (let offset = 0; offset < text.length; ) {
    if (/\s/.test(text[offset] as string)) {
      offset++;
      continue;
    }
    const sign = signs.find((each) => text.startsWith(each, offset));
    if (sign !== undefined) {
      tokens.push({ kind: "sign", text: sign, offset });
      offset += sign.length;
      continue;
    }
    const word = readWord(text, offset);
    if (!word.ok) return word;
    const replaced = replace(word.value.text);
    if (!replaced.ok) return fail({ offset, why: replaced.error });
    tokens.push({ kind: "word", text: replaced.value, offset });
    offset = word.value.end;
  }
  return ok(tokens);
}

/** A word ends at a blank or a sign outside quotes. */
function readWord(text: string, start: number): Result<{ readonly text: string; readonly end: number }, ShellMistake> {
  let word = "";
  let offset = start;
  while (offset < text.length) {
    const sign = text[offset] as string;
    const isEnd =
      /\s/.test(sign) || (offset > start && signs.some((each) => each.length > 0 && text.startsWith(each, offset)));
    if (isEnd) break;
    const part = readPart(text, offset);
    if (part === undefined) return fail({ offset, why: `expected ${sign} again at the end of the word` });
    word += part.text;
    offset = part.end;
  }
  return ok({ text: word, end: offset });
}

/** One character, or what is in quotes; undefined where those do not end. */
function readPart(text: string, offset: number): { readonly text: string; readonly end: number } | undefined {
  const sign = text[offset] as string;
  if (sign === "\\" && offset + 1 < text.length) return { text: text[offset + 1] as string, end: offset + 2 };
  if (sign !== '"' && sign !== "'") return { text: sign, end: offset + 1 };
  let inside = "";
  for (let at = offset + 1; at < text.length; at++) {
    if (text[at] === sign) return { text: inside, end: at + 1 };
    const isEscaped = sign === '"' && text[at] === "\\" && ['"', "\\"].includes(text[at + 1] ?? "");
    if (isEscaped) at++;
    inside += text[at];
  }
  return undefined;
}
