// The number that the bits of an element stand for, for the dtypes of graphs.

import { type Dtype, dtypes } from "../../../ir-spec/base/dtype.ts";

/** Reads the low bits of `bits`, as many as the dtype has. */
export function bitsToNumber(dtype: Dtype, bits: number): number {
  const row = dtypes[dtype];
  if (row.kind === "bool") return bits === 0 ? 0 : 1;
  if (row.kind === "int") return row.round(bits);
  const { mantissaBits, minExponent, bytes } = row;
  const sign = bits >= 2 ** (bytes * 8 - 1) ? -1 : 1;
  const magnitude = bits % 2 ** (bytes * 8 - 1);
  const exponent = Math.floor(magnitude / 2 ** mantissaBits);
  const fraction = (magnitude % 2 ** mantissaBits) / 2 ** mantissaBits;
  const isSpecial = exponent === 2 ** (bytes * 8 - 1 - mantissaBits) - 1;
  if (isSpecial) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0
    ? sign * fraction * 2 ** minExponent
    : sign * (1 + fraction) * 2 ** (exponent - 1 + minExponent);
}
