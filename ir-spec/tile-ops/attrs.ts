// The attributes of statements as the rows' `eval` wants them: none left out.

import { completeAttrs } from "../base/attr.ts";
import type { TileCall } from "../tile.ts";
import { tileOpDef } from "./index.ts";

/** The statement with all attributes of its row: defaults, and `null` for optional ones. */
export function withAllAttrs<C extends TileCall>(call: C): C {
  return { ...call, attrs: completeAttrs(tileOpDef(call.op).attrs, call.attrs) };
}
