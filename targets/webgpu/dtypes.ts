// How the dtypes of the graph are held in WGSL: every float dtype as f32, rounded to its own precision after each op.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { WgslType } from "./plan.ts";

interface DtypeInWgsl {
  readonly type: WgslType;
  /** The value of the dtype nearest to an f32 `x` that an op has computed. */
  readonly round: (x: string) => string;
  /** The same for each element of a vec4f. */
  readonly roundVector: (x: string) => string;
}

const same = (x: string): string => x;

const dtypesInWgsl: { readonly [D in Dtype]: DtypeInWgsl } = {
  f32: { type: "f32", round: same, roundVector: same },
  bf16: { type: "f32", round: (x) => `round_bf16(${x})`, roundVector: (x) => `round_bf16_vector(${x})` },
  f16: { type: "f32", round: (x) => `round_f16(${x})`, roundVector: (x) => `round_f16_vector(${x})` },
  f8e4m3: { type: "f32", round: (x) => `round_f8e4m3(${x})`, roundVector: (x) => `round_f8e4m3_vector(${x})` },
  f8e5m2: { type: "f32", round: (x) => `round_f8e5m2(${x})`, roundVector: (x) => `round_f8e5m2_vector(${x})` },
  i32: { type: "i32", round: same, roundVector: same },
  i8: { type: "i32", round: (x) => `((${x}) << 24u) >> 24u`, roundVector: same },
  u8: { type: "i32", round: (x) => `(${x}) & 255`, roundVector: same },
  bool: { type: "u32", round: same, roundVector: same },
};

export function wgslTypeOf(dtype: Dtype): WgslType {
  return dtypesInWgsl[dtype].type;
}

/** The expression `x`, which has the dtype's WGSL type, rounded to the dtype. */
export function roundText(dtype: Dtype, x: string): string {
  return dtypesInWgsl[dtype].round(x);
}

/** The vec4f expression `x` with each element rounded to the float dtype. */
export function roundVectorText(dtype: Dtype, x: string): string {
  return dtypesInWgsl[dtype].roundVector(x);
}

/** The constant `value` of a WGSL type; it must be finite. */
export function literalText(type: WgslType, value: number): string {
  if (type === "i32") return `${value}i`;
  return type === "u32" ? `${value}u` : `${value}f`;
}
