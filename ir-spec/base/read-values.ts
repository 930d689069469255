// Readers of what the texts of stages 4 and 5 have in common: names, numbers, types, values of attributes.

import { type AttrKind, type AttrValue, describeKind, fitsKind } from "./attr.ts";
import { type Dtype, dtypeNames } from "./dtype.ts";
import { problem } from "./result.ts";
import { accept, type Cursor, expect, peek, readList, report, reportWanted, type Token, take } from "./scan.ts";
import type { TensorType } from "./tensor.ts";

const specialNumbers: ReadonlyMap<string, number> = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["nan", Number.NaN],
]);

/** A longer list of names would hide the message. */
const maxListed = 16;

/** A name, plain or quoted. */
export function readName(cursor: Cursor, wanted = "a name"): string {
  return peek(cursor).kind === "string" ? readString(cursor, wanted) : take(cursor, "name", wanted).text;
}

/** A quoted text. */
export function readString(cursor: Cursor, wanted = "a text in quotes"): string {
  const token = take(cursor, "string", wanted);
  if (token.text === "") return "";
  const text = unquote(token.text);
  if (text !== undefined) return text;
  reportWanted(cursor, "a text in quotes, with escapes as in JSON", token);
  return "";
}

/** What a JSON string says; undefined for an escape that JSON does not have. */
function unquote(quoted: string): string | undefined {
  if (!/^"(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"$/.test(quoted) || hasControl(quoted)) return undefined;
  return JSON.parse(quoted) as string;
}

function hasControl(text: string): boolean {
  return [...text].some((char) => char < " ");
}

/** `12`, `-3`, `0x40`, `0.5`, `1e-5`, `inf`, `-inf`, `nan`. */
export function readNumber(cursor: Cursor, wanted = "a number"): number {
  const isNegative = accept(cursor, "-");
  const token = peek(cursor);
  const special = token.kind === "name" ? specialNumbers.get(token.text) : undefined;
  if (special !== undefined) cursor.position++;
  const value = special ?? Number(take(cursor, "number", wanted).text);
  return isNegative ? -value : value;
}

/** An integer, decimal or hexadecimal. */
export function readInt(cursor: Cursor, wanted = "an integer"): number {
  const token = peek(cursor);
  const value = readNumber(cursor, wanted);
  if (!Number.isSafeInteger(value)) reportWanted(cursor, wanted, token);
  return value === 0 ? 0 : value;
}

/** A name with a number after a letter, such as `s3` or `x2`: the number. */
export function readNumbered(cursor: Cursor, letter: string, wanted: string): number {
  const token = take(cursor, "name", wanted);
  const digits = token.text.slice(letter.length);
  const isNumbered = token.text.startsWith(letter) && /^\d+$/.test(digits);
  if (isNumbered && Number.isSafeInteger(Number(digits))) return Number(digits);
  reportWanted(cursor, wanted, token);
  return 0;
}

/** One of the names of a closed set. */
export function readChoice<C extends string>(cursor: Cursor, choices: readonly C[], what: string): C {
  const token = peek(cursor);
  const found = choices.find((choice) => choice === token.text);
  if (found !== undefined && !cursor.isLost) cursor.position++;
  else reportWanted(cursor, `${what}: ${choices.join(", ")}`);
  return found ?? (choices[0] as C);
}

/** `bf16` */
export function readDtype(cursor: Cursor): Dtype {
  return readChoice(cursor, dtypeNames, "a dtype");
}

/** `bf16[128, 768]` */
export function readType(cursor: Cursor): TensorType {
  const dtype = readDtype(cursor);
  expect(cursor, "[");
  const shape = readList(cursor, "]", () => readInt(cursor, "a size"));
  expect(cursor, "]");
  return { dtype, shape };
}

/** `0.5`, or `[1, 2, 3]`: the elements of a constant. */
export function readData(cursor: Cursor): number[] {
  if (!accept(cursor, "[")) return [readNumber(cursor, "a number or a list of numbers")];
  const numbers = readList(cursor, "]", () => readNumber(cursor));
  expect(cursor, "]");
  return numbers;
}

/** The value of an attribute; one that does not fit its kind is reported. */
export function readAttrValue(cursor: Cursor, kind: AttrKind, owner: string, name: string): AttrValue {
  const token = peek(cursor);
  const value = readAnyValue(cursor, kind);
  if (fitsKind(kind, value)) return value;
  const found = cursor.source.text.slice(token.start, endOfValue(cursor, token));
  const choices = kind.kind === "choice" ? kind.choices : [];
  report(
    cursor,
    problem(cursor.dialect.value, { op: owner, name, found, expected: describeKind(kind) }),
    token,
    choices,
  );
  return value;
}

/** A value by the look of its text; `readAttrValue` checks that it fits. */
function readAnyValue(cursor: Cursor, kind: AttrKind): AttrValue {
  if (accept(cursor, "none")) return null;
  if (accept(cursor, "true")) return true;
  if (accept(cursor, "false")) return false;
  if (accept(cursor, "[")) {
    const isNames = kind.kind === "names" || peek(cursor).kind === "string";
    const list = isNames
      ? readList(cursor, "]", () => readName(cursor))
      : readList(cursor, "]", () => readNumber(cursor));
    expect(cursor, "]");
    return list;
  }
  const wantsText = kind.kind === "choice" || kind.kind === "dtype";
  const { kind: next, text } = peek(cursor);
  if (next === "string" || (next === "name" && (wantsText || !specialNumbers.has(text)))) {
    return readName(cursor);
  }
  return readNumber(cursor, "a value");
}

function endOfValue(cursor: Cursor, first: Token): number {
  const last = cursor.tokens[cursor.position - 1];
  return last === undefined ? first.start : Math.max(first.start, last.start + last.text.length);
}

/** Reports a name that is unknown at its place, with those that are known. */
export function reportUnknown(cursor: Cursor, what: string, token: Token, known: readonly string[]): void {
  const isList = known.length <= maxListed;
  const wanted = known.length === 0 ? "none, as none is declared" : isList ? known.join(", ") : `another ${what}`;
  report(cursor, problem(cursor.dialect.unknown, { what, name: token.text, expected: wanted }), token, known);
}

/** `x2` where it is written, else 1. */
export function readSlots(cursor: Cursor): number {
  const { kind, text } = peek(cursor);
  return kind === "name" && /^x\d+$/.test(text) ? readNumbered(cursor, "x", "slots") : 1;
}
