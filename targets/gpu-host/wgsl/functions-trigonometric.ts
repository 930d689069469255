// WGSL sine and cosine, accurate to three units in the last place of f32 for every finite argument; the built-in ones
// only promise an absolute error of 2^-11, and that between -pi and pi.

import { twoOverPiWords } from "../../../ir-spec/base/two-over-pi.ts";

export const trigonometricFunctions = {
  two_over_pi: `
// A word of the binary digits of 2 / pi, after one word of zeros.
fn two_over_pi(word: u32) -> u32 {
  switch (word) {
${twoOverPiWords.map((word, i) => `    case ${i + 1}u: { return ${word}u; }\n`).join("")}    default: { return 0u; }
  }
}`,
  upper_product: `
// The upper word of x y.
fn upper_product(x: u32, y: u32) -> u32 {
  let xl = x & 0xffffu;
  let xh = x >> 16u;
  let yl = y & 0xffffu;
  let yh = y >> 16u;
  let low = xl * yl;
  let middle = xh * yl + (low >> 16u);
  let other = xl * yh + (middle & 0xffffu);
  return xh * yh + (middle >> 16u) + (other >> 16u);
}`,
  reduce_angle: `
struct Angle { rest: f32, quadrant: u32 }

// |x| = quadrant * pi / 2 + rest with |rest| <= pi / 4 and the quadrant modulo 4, by integers: the 24 bits of x times those
// 96 bits of 2 / pi that reach neither above 4 nor below what matters.
// Source: Payne and Hanek 1983, "Radian reduction for trigonometric functions".
fn reduce_angle(x: f32) -> Angle {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits < 0x3f490fdbu) { return Angle(abs(x), 0u); }
  let significand = (bits & 0x7fffffu) | 0x800000u;
  let position = (bits >> 23u) - 120u;
  let word = position >> 5u;
  let shift = position & 31u;
  let a = (two_over_pi(word) << shift) | ((two_over_pi(word + 1u) >> 1u) >> (31u - shift));
  let b = (two_over_pi(word + 1u) << shift) | ((two_over_pi(word + 2u) >> 1u) >> (31u - shift));
  let c = (two_over_pi(word + 2u) << shift) | ((two_over_pi(word + 3u) >> 1u) >> (31u - shift));
  let carried = upper_product(significand, c);
  let second = significand * b + carried;
  let carry = select(0u, 1u, second < carried);
  let first = significand * a + upper_product(significand, b) + carry;
  let third = significand * c;
  let quadrant = (first + 0x20000000u) >> 30u;
  var high = (first << 2u) | (second >> 30u);
  var low = (second << 2u) | (third >> 30u);
  let is_below = high >= 0x80000000u;
  if (is_below) {
    high = ~high;
    low = ~low;
  }
  var scale = 1.5707963268;
  if (high == 0u) {
    high = low;
    low = 0u;
    scale = 3.6572952e-10;
  }
  if (high == 0u) { return Angle(0.0, quadrant); }
  let zeros = countLeadingZeros(high);
  let leading = (high << zeros) | ((low >> 1u) >> (31u - zeros));
  let rest = f32(leading) * scale * bitcast<f32>((95u - zeros) << 23u);
  return Angle(select(rest, -rest, is_below), quadrant);
}`,
  sin_quadrant: `
// sin(rest + quadrant * pi / 2). Source: the polynomials of Cephes sinf and cosf.
fn sin_quadrant(rest: f32, quadrant: u32) -> f32 {
  let z = rest * rest;
  let sine = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * rest + rest;
  let cosine = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
  let value = select(sine, cosine, (quadrant & 1u) == 1u);
  return select(value, -value, (quadrant & 2u) == 2u);
}`,
  sin_f32: `
fn sin_f32(x: f32) -> f32 {
  if (is_nan(x) || is_infinite(x)) { return float_of(0x7fc00000u); }
  let angle = reduce_angle(x);
  let value = sin_quadrant(angle.rest, angle.quadrant);
  return bitcast<f32>(bitcast<u32>(value) ^ (bitcast<u32>(x) & 0x80000000u));
}`,
  cos_f32: `
fn cos_f32(x: f32) -> f32 {
  if (is_nan(x) || is_infinite(x)) { return float_of(0x7fc00000u); }
  let angle = reduce_angle(x);
  return sin_quadrant(angle.rest, angle.quadrant + 1u);
}`,
};
