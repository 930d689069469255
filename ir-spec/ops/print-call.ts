// How an op is called, with the defaults of its attributes, for people.

import { type AttrKind, printAttrValue } from "../base/attr.ts";
import type { AnyOpRow } from "./define.ts";

/** How the op is called, with its defaults: `softmax(x, axis=-1)`. */
export function printCall(name: string, row: AnyOpRow): string {
  const attrs = Object.entries(row.attrs as Readonly<Record<string, AttrKind>>).map(([attr, kind]) =>
    kind.default === undefined ? `${attr}=${kind.optional ? "none" : "..."}` : `${attr}=${printDefault(kind)}`,
  );
  return `${name}(${[...row.operands, ...attrs].join(", ")})`;
}

/** The value that an attribute has where none is given, as it is written. */
export function printDefault(kind: AttrKind): string {
  return printAttrValue(kind, kind.default ?? null);
}
