// Reads a POSIX extended regular expression. What other dialects have and this one has not is refused, with what to write instead:
// silently it would be something else, such as `\d` the letter d.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { anyChar, type CharSet, type RegexNode, textNode } from "./nodes.ts";

/** What is wrong, and where in the text. */
export interface RegexMistake {
  readonly offset: number;
  readonly why: string;
}

type Parsed<T> = Result<T, RegexMistake>;

/** Changed in place: where the reader is. */
interface Reader {
  readonly text: string;
  offset: number;
  depth: number;
}

/** Assumed: deeper ones nobody writes; each level is a call. */
const maxDepth = 100;
/** Source: POSIX, RE_DUP_MAX. */
const maxRepeats = 255;

export function parseRegex(text: string): Parsed<RegexNode> {
  const reader: Reader = { text, offset: 0, depth: 0 };
  const whole = parseEither(reader);
  if (!whole.ok || reader.offset === text.length) return whole;
  return mistake(reader.offset, "expected `(` before this `)`");
}

function mistake(offset: number, why: string): { readonly ok: false; readonly error: RegexMistake } {
  return fail({ offset, why });
}

function parseEither(reader: Reader): Parsed<RegexNode> {
  const choices: RegexNode[] = [];
  for (;;) {
    const choice = parseSequence(reader);
    if (!choice.ok) return choice;
    choices.push(choice.value);
    if (reader.text[reader.offset] !== "|") break;
    reader.offset++;
  }
  const [only] = choices;
  return ok(choices.length === 1 && only !== undefined ? only : { kind: "either", choices });
}

function parseSequence(reader: Reader): Parsed<RegexNode> {
  const parts: RegexNode[] = [];
  while (reader.offset < reader.text.length && !"|)".includes(reader.text[reader.offset] as string)) {
    const part = parseRepeated(reader);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  return ok({ kind: "sequence", parts });
}

function parseRepeated(reader: Reader): Parsed<RegexNode> {
  const part = parseAtom(reader);
  if (!part.ok) return part;
  const start = reader.offset;
  const counts = readCounts(reader);
  if (counts === undefined) return part;
  const [min, max] = counts;
  const isInOrder = min <= max && min <= maxRepeats && (max <= maxRepeats || max === Number.POSITIVE_INFINITY);
  if (!isInOrder) return mistake(start, `expected counts in order, at most ${maxRepeats}`);
  const next = reader.text[reader.offset] ?? "";
  if (next === "?")
    return mistake(reader.offset, "no repetition is lazy here: the longest match counts; write a set, as in `[^,]*`");
  if (next !== "" && "*+".includes(next))
    return mistake(reader.offset, "expected something to repeat before this; use parentheses");
  return ok({ kind: "repeat", part: part.value, min, max });
}

const signs: Readonly<Record<string, readonly [number, number]>> = {
  "*": [0, Number.POSITIVE_INFINITY],
  "+": [1, Number.POSITIVE_INFINITY],
  "?": [0, 1],
};

/** `*`, `+`, `?`, `{2}`, `{2,}` or `{2,5}`; another brace is a character. */
function readCounts(reader: Reader): readonly [number, number] | undefined {
  const sign = signs[reader.text[reader.offset] ?? ""];
  if (sign !== undefined) {
    reader.offset++;
    return sign;
  }
  const braces = /^\{(\d{1,6})(,(\d{0,6}))?\}/.exec(reader.text.slice(reader.offset, reader.offset + 16));
  if (braces === null) return undefined;
  reader.offset += braces[0].length;
  const min = Number(braces[1]);
  if (braces[2] === undefined) return [min, min];
  return [min, braces[3] === "" ? Number.POSITIVE_INFINITY : Number(braces[3])];
}

function parseAtom(reader: Reader): Parsed<RegexNode> {
  const start = reader.offset;
  const sign = reader.text[reader.offset++] as string;
  switch (sign) {
    case "(":
      return parseGroup(reader, start);
    case "[":
      return parseSet(reader, start);
    case ".":
      return ok(anyChar);
    case "^":
      return ok({ kind: "line start" });
    case "$":
      return ok({ kind: "line end" });
    case "\\":
      return parseEscape(reader, start);
    case "*":
    case "+":
    case "?":
      return mistake(start, `expected something to repeat before \`${sign}\`; a literal one is \`\\${sign}\``);
    default:
      return ok(textNode(sign));
  }
}

function parseGroup(reader: Reader, start: number): Parsed<RegexNode> {
  if (reader.text[reader.offset] === "?") return mistake(start, "expected plain parentheses; `(?` has no meaning here");
  if (++reader.depth > maxDepth) return mistake(start, `expected at most ${maxDepth} parentheses in each other`);
  const inner = parseEither(reader);
  reader.depth--;
  if (!inner.ok) return inner;
  if (reader.text[reader.offset] !== ")") return mistake(start, "expected `)` after this `(`");
  reader.offset++;
  return inner;
}

/** What escapes of other dialects are called here. */
const otherEscapes: Readonly<Record<string, string>> = {
  d: "write `[0-9]`",
  D: "write `[^0-9]`",
  w: "write `[[:alnum:]_]`",
  W: "write `[^[:alnum:]_]`",
  s: "write `[[:space:]]`",
  S: "write `[^[:space:]]`",
  n: "write `[[:space:]]`, or use CHECK-NEXT",
  t: "write `[[:blank:]]`",
  b: "write what is around the word, as in `(^|[^a-z])`",
};

function parseEscape(reader: Reader, start: number): Parsed<RegexNode> {
  const sign = reader.text[reader.offset++];
  if (sign === undefined) return mistake(start, "expected a character after `\\`");
  if (/\d/.test(sign)) return mistake(start, "expected a variable: `[[X:...]]` defines it, `[[X]]` is its text");
  if (!/[a-z]/i.test(sign)) return ok(textNode(sign));
  return mistake(
    start,
    `\`\\${sign}\` has no meaning in a POSIX expression; ${otherEscapes[sign] ?? "leave out `\\`"}`,
  );
}

type Range = readonly [number, number];
const range = (first: string, last: string): Range => [first.charCodeAt(0), last.charCodeAt(0)];
const digits = [range("0", "9")];
const lower = [range("a", "z")];
const upper = [range("A", "Z")];
const blanks = [range(" ", " "), range("\t", "\t")];

/** Source: POSIX, 9.3.5 with the C locale. */
const classes: Readonly<Record<string, readonly Range[]>> = {
  alnum: [...digits, ...lower, ...upper],
  alpha: [...lower, ...upper],
  blank: blanks,
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit: digits,
  graph: [range("!", "~")],
  lower,
  print: [range(" ", "~")],
  punct: [range("!", "/"), range(":", "@"), range("[", "`"), range("{", "~")],
  space: [range(" ", " "), range("\t", "\r")],
  upper,
  xdigit: [...digits, range("a", "f"), range("A", "F")],
};

function parseSet(reader: Reader, start: number): Parsed<RegexNode> {
  const isNegated = reader.text[reader.offset] === "^";
  if (isNegated) reader.offset++;
  const ranges: Range[] = [];
  for (let isFirst = true; isFirst || reader.text[reader.offset] !== "]"; isFirst = false) {
    if (reader.offset >= reader.text.length) return mistake(start, "expected `]` after this `[`");
    const part = parseSetPart(reader);
    if (!part.ok) return part;
    ranges.push(...part.value);
  }
  reader.offset++;
  const set: CharSet = { ranges, isNegated };
  return ok({ kind: "set", set });
}

function parseSetPart(reader: Reader): Parsed<readonly Range[]> {
  const { text, offset } = reader;
  const named = /^\[:([a-z]*):\]/.exec(text.slice(offset, offset + 16));
  if (named !== null) {
    reader.offset += named[0].length;
    const known = Object.hasOwn(classes, named[1] ?? "") ? classes[named[1] ?? ""] : undefined;
    return known === undefined ? mistake(offset, `expected one of ${Object.keys(classes).join(", ")}`) : ok(known);
  }
  const first = text.charCodeAt(offset);
  const hasLast = text[offset + 1] === "-" && offset + 2 < text.length && text[offset + 2] !== "]";
  const last = hasLast ? text.charCodeAt(offset + 2) : first;
  reader.offset += hasLast ? 3 : 1;
  return first <= last ? ok([[first, last]]) : mistake(offset, "expected the smaller end of a range first");
}
