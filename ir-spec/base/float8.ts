// Bit patterns of the floats of 8 bits, both ways.

import { type Dtype, dtypes } from "./dtype.ts";

export type Float8 = Dtype & ("f8e4m3" | "f8e5m2");

/** The values of all patterns of a float of 8 bits: sign, exponent, and the significand's fraction. */
export function float8Values(dtype: Float8): Float64Array {
  const { mantissaBits, minExponent } = dtypes[dtype];
  const fractions = 1 << mantissaBits;
  const lastExponent = (1 << (7 - mantissaBits)) - 1;
  return Float64Array.from({ length: 256 }, (_unused, bits) => {
    const sign = bits < 0x80 ? 1 : -1;
    const exponent = (bits & 0x7f) >> mantissaBits;
    const fraction = (bits % fractions) / fractions;
    if (exponent === lastExponent) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === 0) return sign * fraction * 2 ** minExponent;
    return sign * (1 + fraction) * 2 ** (exponent - 1 + minExponent);
  });
}

/** The pattern of the value of a float of 8 bits that is nearest to `x`. */
export function float8Bits(dtype: Float8, x: number): number {
  const { mantissaBits, minExponent, round } = dtypes[dtype];
  if (Number.isNaN(x)) return 0x7f;
  const value = round(x);
  const sign = value < 0 || Object.is(value, -0) ? 0x80 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return sign | ((0x7f >> mantissaBits) << mantissaBits);
  if (magnitude < 2 ** minExponent) return sign | (magnitude * 2 ** (mantissaBits - minExponent));
  const exponent = Math.floor(Math.log2(magnitude));
  const fraction = magnitude / 2 ** exponent - 1;
  return sign | ((exponent - minExponent + 1) << mantissaBits) | (fraction * 2 ** mantissaBits);
}
