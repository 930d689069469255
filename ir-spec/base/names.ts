// How names are in texts. In the language, stages 2 and 3, a name is an identifier and no word of the language; in stages 4
// and 5 any other name is written as a string. And how names that would mean two things at one place are made different.

import { type AttrKind, type AttrValue, printAttrValue } from "./attr.ts";
import { findIn, type Scoped } from "./scoped.ts";

/** As in the scanner of stages 4 and 5. */
const identifier = /^[A-Za-z_]\w*(\.\w+){0,100}$/;

/** The words of the language that can name no value, parameter or kernel; the lexer has the same ones. */
export const languageWords: readonly string[] = [
  ...["graph", "def", "for", "in", "return"],
  ...["true", "false", "inf", "nan", "none"],
];

/** Whether a value, a parameter, a kernel or a graph can have this name in the language. */
export function isLanguageName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !languageWords.includes(name);
}

/** `lhs`, or `"a name/with signs"`. */
export function printName(name: string): string {
  return identifier.test(name) ? name : JSON.stringify(name);
}

/** An attribute's value; choices without quotes, unlike in the language, where a name would be a value. */
export function printFieldValue(kind: AttrKind, value: AttrValue): string {
  return typeof value === "string" ? printName(value) : printAttrValue(kind, value);
}

/** The name itself, or `name_2`, `name_3`, ... where it is taken. */
export function uniqueName(name: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(name)) return name;
  let count = 2;
  while (isTaken(`${name}_${count}`)) count++;
  return `${name}_${count}`;
}

/**
 * Takes a name, or where it is taken `name_2`, `name_3`, ... `taken` has the number that each name was last given with, so
 * that no number is tried twice.
 */
export function takeName(taken: Scoped<string, number>, name: string): string {
  const known = findIn(taken, name);
  taken.own.set(name, known ?? 1);
  if (known === undefined) return name;
  let count = known + 1;
  while (findIn(taken, `${name}_${count}`) !== undefined) count++;
  taken.own.set(name, count);
  taken.own.set(`${name}_${count}`, 1);
  return `${name}_${count}`;
}

/** A body without its outer indentation: two spaces before every line. */
export function indentLines(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
