// WGSL functions that kernels call: tests of bits, rounding to narrow floats, and conversions. WGSL lets an
// implementation assume that NaN and infinity never occur and gives no way to write them, so they are distinguished, and
// made, by their bits. `withFunctions` puts those that a text calls in front of it.

import { divisionFunctions } from "./functions-division.ts";
import { mathFunctions } from "./functions-math.ts";
import { trigonometricFunctions } from "./functions-trigonometric.ts";

/** Rounding to bf16. */
const roundBf16Text = `
// Keeps the upper 16 bits, ties to even; NaN stays as it is.
fn round_bf16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let odd = (bits >> 16u) & 1u;
  let rounded = (bits + 0x7fffu + odd) & 0xffff0000u;
  let is_number = (bits & 0x7fffffffu) <= 0x7f800000u;
  return bitcast<f32>(select(bits, rounded, is_number));
}`;

/** What rounding to a narrow float needs; numbers as WGSL writes them, patterns those of f32. */
interface NarrowFloat {
  readonly says: string;
  /** Bits of the f32 that are dropped. */
  readonly dropped: number;
  /** Half a unit less one, and the bits that stay. */
  readonly half: string;
  readonly kept: string;
  /** The first value that is infinite, the first normal one. */
  readonly infinite: string;
  readonly normal: string;
  /** 1 / unit of the subnormals, and the unit. */
  readonly scale: string;
  readonly unit: string;
}

const f16Format: NarrowFloat = {
  says: "Keeps 10 bits of the significand, ties to even; multiples of 2^-24 below 2^-14; infinite from 65520 on.",
  dropped: 13,
  half: "0xfffu",
  kept: "0xffffe000u",
  infinite: "0x47800000u",
  normal: "0x38800000u",
  scale: "16777216.0",
  unit: "5.9604644775390625e-8",
};
const f8e4m3Format: NarrowFloat = {
  says: "Keeps 3 bits of the significand, ties to even; multiples of 2^-9 below 2^-6; infinite from 248 on.",
  dropped: 20,
  half: "0x7ffffu",
  kept: "0xfff00000u",
  infinite: "0x43800000u",
  normal: "0x3c800000u",
  scale: "512.0",
  unit: "0.001953125",
};
const f8e5m2Format: NarrowFloat = {
  says: "Keeps 2 bits of the significand, ties to even; multiples of 2^-16 below 2^-14; infinite from 61440 on.",
  dropped: 21,
  half: "0xfffffu",
  kept: "0xffe00000u",
  infinite: "0x47800000u",
  normal: "0x38800000u",
  scale: "65536.0",
  unit: "0.0000152587890625",
};

/** Rounding to a narrow float. */
const roundNarrowText = (name: string, format: NarrowFloat): string => `
// ${format.says}
fn ${name}(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  let odd = (magnitude >> ${format.dropped}u) & 1u;
  let normal = (magnitude + ${format.half} + odd) & ${format.kept};
  let limited = select(normal, 0x7f800000u, normal >= ${format.infinite});
  let small = bitcast<u32>(round(bitcast<f32>(magnitude) * ${format.scale}) * ${format.unit});
  let rounded = select(limited, small, magnitude < ${format.normal});
  let signed = (bits & 0x80000000u) | rounded;
  return bitcast<f32>(select(bits, signed, magnitude <= 0x7f800000u));
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
  round_bf16: roundBf16Text,
  round_f16: roundNarrowText("round_f16", f16Format),
  round_f8e4m3: roundNarrowText("round_f8e4m3", f8e4m3Format),
  round_f8e5m2: roundNarrowText("round_f8e5m2", f8e5m2Format),
  with_sign: `
// x with the sign of y.
fn with_sign(x: f32, y: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(y) & 0x80000000u));
}`,
  order_of: `
// An integer that is ordered as the numbers are: -0 and 0 are the same, subnormal numbers are not.
fn order_of(x: f32) -> i32 {
  let magnitude = bitcast<i32>(x) & 0x7fffffff;
  return select(magnitude, -magnitude, bitcast<i32>(x) < 0);
}`,
  equal_f32: `
fn equal_f32(x: f32, y: f32) -> bool {
  return !is_nan(x) && !is_nan(y) && order_of(x) == order_of(y);
}`,
  less_f32: `
fn less_f32(x: f32, y: f32) -> bool {
  return !is_nan(x) && !is_nan(y) && order_of(x) < order_of(y);
}`,
  less_or_equal_f32: `
fn less_or_equal_f32(x: f32, y: f32) -> bool {
  return !is_nan(x) && !is_nan(y) && order_of(x) <= order_of(y);
}`,
  max_f32: `
// NaN if one is NaN; 0 is larger than -0.
fn max_f32(x: f32, y: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (is_nan(y)) { return y; }
  let is_first = order_of(x) > order_of(y) || (order_of(x) == order_of(y) && bitcast<i32>(x) >= 0);
  return select(y, x, is_first);
}`,
  min_f32: `
// NaN if one is NaN; -0 is smaller than 0.
fn min_f32(x: f32, y: f32) -> f32 {
  if (is_nan(x)) { return x; }
  if (is_nan(y)) { return y; }
  let is_first = order_of(x) < order_of(y) || (order_of(x) == order_of(y) && bitcast<i32>(x) < 0);
  return select(y, x, is_first);
}`,
  floor_f32: `
fn floor_f32(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude >= 0x4b000000u) { return x; }
  if (magnitude >= 0x3f800000u) { return floor(x); }
  return select(bitcast<f32>(bits & 0x80000000u), -1.0, bits > 0x80000000u);
}`,
  round_f32: `
// The nearest integer, ties to even; what is 0 keeps its sign.
fn round_f32(x: f32) -> f32 {
  if ((bitcast<u32>(x) & 0x7fffffffu) >= 0x4b000000u) { return x; }
  return with_sign(round(x), x);
}`,
  sign_f32: `
fn sign_f32(x: f32) -> f32 {
  if (is_nan(x) || !is_nonzero(x)) { return x; }
  return with_sign(1.0, x);
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

const library: FunctionLibrary = {
  ...basicFunctions,
  ...divisionFunctions,
  ...mathFunctions,
  ...trigonometricFunctions,
};

/** Functions by name, in the order in which they are written. */
export type FunctionLibrary = Readonly<Record<string, string>>;

/** The functions of a text by name, each with the comment before it. */
export function functionsOf(text: string): FunctionLibrary {
  const found = text.matchAll(/(?:^\/\/.*\n)*^fn (\w+)(?:.*\}$|[\s\S]*?^\})/gm);
  return Object.fromEntries([...found].map(([whole, name = ""]) => [name, whole]));
}

/** The names of those that a text calls, directly or through others, in the order of the functions. */
function calledIn(text: string, functions: FunctionLibrary): readonly string[] {
  const names = Object.keys(functions);
  const called = (from: string): readonly string[] => names.filter((name) => new RegExp(`\\b${name}\\(`).test(from));
  const reached = new Set(called(text));
  for (const name of reached) {
    for (const inner of called(functions[name] as string)) reached.add(inner);
  }
  return names.filter((name) => reached.has(name));
}

/** The text with the functions that it calls in front: those of the library, and `more`, which may call these. */
export function withFunctions(text: string, more: FunctionLibrary = {}): string {
  const functions = { ...library, ...more };
  return (
    calledIn(text, functions)
      .map((name) => `${(functions[name] as string).trim()}\n\n`)
      .join("") + text
  );
}
