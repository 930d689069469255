// How names stand in the texts of stages 4 and 5: as they are where they are identifiers, else as strings; and how
// names that would mean two things at one place are made different.

import { type AttrKind, type AttrValue, printAttrValue } from "./attr.ts";

const identifier = /^[A-Za-z_]\w*(\.\w+)*$/;

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

/** A body without its outer indentation: two spaces before every line. */
export function indentLines(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
