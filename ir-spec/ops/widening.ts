// What the expansions of composites share: their inner steps run in f32, so that bf16 and f16 are rounded only once.

import type { ValueId } from "../base/ids.ts";
import type { Expander } from "./define.ts";

/** The value in f32. */
export function widen(b: Expander, x: ValueId): ValueId {
  return b.typeOf(x).dtype === "f32" ? x : b.op("cast", [x], { to: "f32" });
}

/** The value in the dtype of `like`. */
export function castLike(b: Expander, x: ValueId, like: ValueId): ValueId {
  const { dtype } = b.typeOf(like);
  return b.typeOf(x).dtype === dtype ? x : b.op("cast", [x], { to: dtype });
}
