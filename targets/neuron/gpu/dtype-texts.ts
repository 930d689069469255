// How the elements of each dtype are taken out of the words of a buffer and put into them, in WGSL. Everything is done on
// bits: an element is known as `raw`, a u32 with its bits at the lower end, and computed with as f32.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { elementsPerWord } from "./places.ts";

interface DtypeTexts {
  /** The f32 of a raw element. */
  readonly decode: (raw: string) => string;
  /** The raw element nearest to an f32. */
  readonly encode: (x: string) => string;
  /** The raw element nearest to an i32. */
  readonly encodeWhole: (x: string) => string;
}

const float = (decode: DtypeTexts["decode"], encode: DtypeTexts["encode"]): DtypeTexts => ({
  decode,
  encode,
  encodeWhole: (x) => encode(`f32_of_i32(${x}, 24u)`),
});

/** A float with `mantissa` bits of significand and `exponent` bits of exponent; `round` is its rounding in f32. */
const narrowFloat = (round: string, mantissa: number, exponent: number): DtypeTexts =>
  float(
    (raw) => `narrow_value(${raw}, ${mantissa}u, ${exponent}u)`,
    (x) => `narrow_bits(${round}(${x}), ${mantissa}u, ${exponent}u)`,
  );

/** An integer; `cut` keeps the bits that it has. */
const integerTexts = (decode: DtypeTexts["decode"], cut: (x: string) => string): DtypeTexts => ({
  decode,
  encode: (x) => cut(`i32_of_f32(${x})`),
  encodeWhole: cut,
});

const lowByte = (x: string): string => `(bitcast<u32>(${x}) & 0xffu)`;

export const dtypeTexts: { readonly [D in Dtype]: DtypeTexts } = {
  f32: float(
    (raw) => `bitcast<f32>(${raw})`,
    (x) => `bitcast<u32>(${x})`,
  ),
  bf16: float(
    (raw) => `bitcast<f32>(${raw} << 16u)`,
    (x) => `bf16_bits(${x})`,
  ),
  f16: narrowFloat("round_f16", 10, 5),
  f8e4m3: narrowFloat("round_f8e4m3", 3, 4),
  f8e5m2: narrowFloat("round_f8e5m2", 2, 5),
  i32: integerTexts(
    (raw) => `f32_of_i32(bitcast<i32>(${raw}), 24u)`,
    (x) => `bitcast<u32>(${x})`,
  ),
  i8: integerTexts((raw) => `f32(bitcast<i32>(${raw} << 24u) >> 24u)`, lowByte),
  u8: integerTexts((raw) => `f32(${raw})`, lowByte),
  bool: {
    decode: (raw) => `f32(${raw} != 0u)`,
    encode: (x) => `u32(is_nonzero(${x}))`,
    encodeWhole: (x) => `u32(${x} != 0)`,
  },
};

/** Functions that the texts here call, beside those of the shared library. */
export const dtypeFunctions = `
// Element i of a memory, in its word.
fn half_of(word: u32, i: u32) -> u32 { return (word >> ((i & 1u) * 16u)) & 0xffffu; }
fn byte_of(word: u32, i: u32) -> u32 { return (word >> ((i & 3u) * 8u)) & 0xffu; }
fn with_half(word: u32, i: u32, raw: u32) -> u32 {
  let shift = (i & 1u) * 16u;
  return (word & ~(0xffffu << shift)) | (raw << shift);
}
fn with_byte(word: u32, i: u32, raw: u32) -> u32 {
  let shift = (i & 3u) * 8u;
  return (word & ~(0xffu << shift)) | (raw << shift);
}
fn bf16_bits(x: f32) -> u32 {
  if (is_nan(x)) { return 0x7fffu; }
  return bitcast<u32>(round_bf16(x)) >> 16u;
}
fn narrow_value(raw: u32, mantissa: u32, exponent: u32) -> f32 {
  let bias = (1u << (exponent - 1u)) - 1u;
  let sign = ((raw >> (mantissa + exponent)) & 1u) << 31u;
  let e = (raw >> mantissa) & ((1u << exponent) - 1u);
  let fraction = raw & ((1u << mantissa) - 1u);
  var magnitude = ((e + 127u - bias) << 23u) | (fraction << (23u - mantissa));
  if (e == 0u) { magnitude = bitcast<u32>(f32(fraction) * bitcast<f32>((128u - bias - mantissa) << 23u)); }
  if (e == (1u << exponent) - 1u) { magnitude = select(0x7fc00000u, 0x7f800000u, fraction == 0u); }
  return bitcast<f32>(sign | magnitude);
}
// The raw element of a value that the format has.
fn narrow_bits(x: f32, mantissa: u32, exponent: u32) -> u32 {
  let bits = bitcast<u32>(x);
  let bias = (1u << (exponent - 1u)) - 1u;
  let sign = (bits >> 31u) << (mantissa + exponent);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return (1u << (mantissa + exponent)) - 1u; }
  if (magnitude == 0x7f800000u) { return sign | (((1u << exponent) - 1u) << mantissa); }
  if (magnitude < (128u - bias) << 23u) {
    return sign | u32(bitcast<f32>(magnitude) * bitcast<f32>((126u + bias + mantissa) << 23u));
  }
  return sign | ((magnitude >> (23u - mantissa)) - ((127u - bias) << mantissa));
}
`;

/** The raw element `i` of a memory, given its word. */
export function rawText(dtype: Dtype, word: string, i: string): string {
  if (elementsPerWord(dtype) === 1) return word;
  return `${elementsPerWord(dtype) === 2 ? "half_of" : "byte_of"}(${word}, ${i})`;
}

/** The word that holds element `i`, with that element replaced. */
export function withElementText(dtype: Dtype, word: string, i: string, raw: string): string {
  if (elementsPerWord(dtype) === 1) return raw;
  return `${elementsPerWord(dtype) === 2 ? "with_half" : "with_byte"}(${word}, ${i}, ${raw})`;
}
