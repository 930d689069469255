// Canonicalization rules on dtypes.

import { type Dtype, dtypes } from "../../../ir-spec/base/dtype.ts";
import { callOf, defineRule, operandCall, operandOf } from "./rule.ts";

/** True when every value of `from` is a value of `to`, so that the cast is exact. */
export function holdsExactly(from: Dtype, to: Dtype): boolean {
  const [narrow, wide] = [dtypes[from], dtypes[to]];
  if (from === to || narrow.kind === "bool") return true;
  if (narrow.kind === "int" && wide.kind === "int")
    return wide.minFinite <= narrow.minFinite && narrow.maxFinite <= wide.maxFinite;
  if (narrow.kind !== "float" || wide.kind !== "float") return false;
  // Subnormals: the smallest step of the wide one is no larger.
  const isFine = wide.minExponent - wide.mantissaBits <= narrow.minExponent - narrow.mantissaBits;
  return wide.mantissaBits >= narrow.mantissaBits && wide.maxFinite >= narrow.maxFinite && isFine;
}

export const castRules = [
  defineRule({
    name: "cast-cast",
    summary: "of two casts the first is dropped where it is exact",
    before: `graph example(x: bf16[4]) -> (y: f16[4]) {
  y = cast(cast(x, to=f32), to=f16)
}`,
    after: `graph example(x: bf16[4]) -> (y: f16[4]) {
  y = cast(x, to=f16)
}`,
    ops: ["cast"],
    rewrite: (call, to) => {
      const inner = operandCall(call, 0, ["cast"], to);
      if (inner === undefined) return undefined;
      const value = operandOf(inner);
      const isExact = holdsExactly(to.typeOf(value).dtype, inner.attrs.to);
      return isExact ? callOf("cast", [value], call.attrs) : undefined;
    },
  }),
] as const;
