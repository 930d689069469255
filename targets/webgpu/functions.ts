// WGSL functions that kernels call: tests of bits, rounding to narrow floats, and conversions. WGSL lets an
// implementation assume that NaN and infinity never occur and gives no way to write them, so they are told apart, and
// made, by their bits. `withFunctions` puts those that a text calls in front of it.

import { mathFunctions } from "./functions-math.ts";
import { trigonometricFunctions } from "./functions-trigonometric.ts";

/** Rounding to bf16 of an f32, or of each element of a vector. */
const roundBf16Text = (name: string, float: string, bits: string): string => `
// Keeps the upper 16 bits, ties to even; NaN stays as it is.
fn ${name}(x: ${float}) -> ${float} {
  let bits = bitcast<${bits}>(x);
  let odd = (bits >> ${bits}(16u)) & ${bits}(1u);
  let rounded = (bits + 0x7fffu + odd) & ${bits}(0xffff0000u);
  let is_number = (bits & ${bits}(0x7fffffffu)) <= ${bits}(0x7f800000u);
  return bitcast<${float}>(select(bits, rounded, is_number));
}`;

/** Rounding to f16 of an f32, or of each element of a vector. */
const roundF16Text = (name: string, float: string, bits: string): string => `
// Keeps 10 bits of the significand, ties to even; multiples of 2^-24 below 2^-14; infinite from 65520 on.
fn ${name}(x: ${float}) -> ${float} {
  let bits = bitcast<${bits}>(x);
  let magnitude = bits & ${bits}(0x7fffffffu);
  let odd = (magnitude >> ${bits}(13u)) & ${bits}(1u);
  let normal = (magnitude + 0xfffu + odd) & ${bits}(0xffffe000u);
  let limited = select(normal, ${bits}(0x7f800000u), normal >= ${bits}(0x47800000u));
  let small = bitcast<${bits}>(round(bitcast<${float}>(magnitude) * 16777216.0) * 5.9604644775390625e-8);
  let rounded = select(limited, small, magnitude < ${bits}(0x38800000u));
  let signed = (bits & ${bits}(0x80000000u)) | rounded;
  return bitcast<${float}>(select(bits, signed, magnitude <= ${bits}(0x7f800000u)));
}`;

const basicFunctions = {
  float_of: `
// A call, so that no compiler sees a constant that is NaN or infinite.
fn float_of(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}`,
  is_nan: `
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}`,
  is_infinite: `
fn is_infinite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}`,
  is_nonzero: `
fn is_nonzero(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) != 0u;
}`,
  round_bf16: roundBf16Text("round_bf16", "f32", "u32"),
  round_bf16_vector: roundBf16Text("round_bf16_vector", "vec4f", "vec4u"),
  round_f16: roundF16Text("round_f16", "f32", "u32"),
  round_f16_vector: roundF16Text("round_f16_vector", "vec4f", "vec4u"),
  max_f32: `
// NaN if one is NaN.
fn max_f32(x: f32, y: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (is_nan(y)) { return y; }
  return max(x, y);
}`,
  min_f32: `
// NaN if one is NaN.
fn min_f32(x: f32, y: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (is_nan(y)) { return y; }
  return min(x, y);
}`,
  divide_i32: `
// The fraction is cut off; a division by 0 gives 0.
fn divide_i32(x: i32, y: i32) -> i32 {
  return select(x / y, 0, y == 0);
}`,
  i32_of_f32: `
// The fraction is cut off, and the value wraps modulo 2^32; NaN and infinity give 0.
fn i32_of_f32(x: f32) -> i32 {
  let bits = bitcast<u32>(x);
  let exponent = (bits >> 23u) & 0xffu;
  if (exponent < 158u) { return i32(x); }
  let shift = exponent - 150u;
  let magnitude = select(0u, ((bits & 0x7fffffu) | 0x800000u) << (shift & 31u), shift < 32u);
  return bitcast<i32>(select(magnitude, 0u - magnitude, (bits >> 31u) == 1u));
}`,
  f32_of_i32: `
// The nearest number with at most \`kept_bits\` significant bits, ties to even.
fn f32_of_i32(x: i32, kept_bits: u32) -> f32 {
  let magnitude = select(u32(x), 0u - u32(x), x < 0);
  let width = 32u - countLeadingZeros(magnitude);
  if (width <= kept_bits) { return f32(x); }
  let shift = width - kept_bits;
  let kept = magnitude >> shift;
  let dropped = magnitude & ((1u << shift) - 1u);
  let up = select(0u, 1u, dropped + (kept & 1u) > (1u << (shift - 1u)));
  let rounded = f32(kept + up) * f32(1u << shift);
  return select(rounded, -rounded, x < 0);
}`,
};

const library: Readonly<Record<string, string>> = { ...basicFunctions, ...mathFunctions, ...trigonometricFunctions };

/** The functions that a text calls, directly or through others, in the order of the library. */
function functionsIn(text: string): readonly string[] {
  const called = (from: string): readonly string[] =>
    Object.keys(library).filter((name) => new RegExp(`\\b${name}\\(`).test(from));
  const reached = new Set(called(text));
  for (const name of reached) {
    for (const inner of called(library[name] as string)) reached.add(inner);
  }
  return Object.keys(library).filter((name) => reached.has(name));
}

/** The text with the functions that it calls in front. */
export function withFunctions(text: string): string {
  const functions = functionsIn(text).map((name) => `${(library[name] as string).trim()}\n\n`);
  return functions.join("") + text;
}
