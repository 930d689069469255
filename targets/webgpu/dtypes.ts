// How the dtypes of the graph are held in WGSL: every float dtype as f32, rounded to its own precision after each op.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { WgslType } from "./plan.ts";

interface DtypeInWgsl {
  readonly type: WgslType;
  /** The value of the dtype nearest to an f32 `x` that an op has computed. */
  readonly round: (x: string) => string;
}

const same = (x: string): string => x;

const dtypesInWgsl: { readonly [D in Dtype]: DtypeInWgsl } = {
  f32: { type: "f32", round: same },
  bf16: { type: "f32", round: (x) => `round_bf16(${x})` },
  f16: { type: "f32", round: (x) => `round_f16(${x})` },
  f8e4m3: { type: "f32", round: (x) => `round_f8e4m3(${x})` },
  f8e5m2: { type: "f32", round: (x) => `round_f8e5m2(${x})` },
  i32: { type: "i32", round: same },
  i8: { type: "i32", round: (x) => `((${x}) << 24u) >> 24u` },
  u8: { type: "i32", round: (x) => `(${x}) & 255` },
  bool: { type: "u32", round: same },
};

export function wgslTypeOf(dtype: Dtype): WgslType {
  return dtypesInWgsl[dtype].type;
}

/** The expression `x`, which has the dtype's WGSL type, rounded to the dtype. */
export function roundText(dtype: Dtype, x: string): string {
  return dtypesInWgsl[dtype].round(x);
}

/** The constant `value` of a WGSL type; it must be finite. */
export function literalText(type: WgslType, value: number): string {
  if (type === "i32") return `${value}i`;
  return type === "u32" ? `${value}u` : `${value}f`;
}
