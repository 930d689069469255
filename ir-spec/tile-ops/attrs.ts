// Attributes of tile ops as the rows' `eval` wants them: none left out.

import type { AttrValue } from "../base/attr.ts";
import { type TileOpName, tileOpDef } from "./index.ts";

/** Adds the attributes that are left out: their defaults, or `null` for optional ones. Unknown ones stay. */
export function fillAttrs(
  op: TileOpName,
  given: Readonly<Record<string, AttrValue>>,
): Readonly<Record<string, AttrValue>> {
  const filled: Record<string, AttrValue> = {};
  for (const [name, kind] of Object.entries(tileOpDef(op).attrs)) {
    const value = given[name] ?? kind.default;
    if (value !== undefined) filled[name] = value;
    else if (kind.optional) filled[name] = null;
  }
  return { ...filled, ...given };
}
