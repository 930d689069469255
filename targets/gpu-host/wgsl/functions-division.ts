// WGSL division and roots as IEEE 754 has them. The built-in ones may be 2.5 units in the last place off, so that 165 / 55 need
// not be 3, and may do anything where the divisor or the quotient is subnormal or beyond 2^126.

export const divisionFunctions = {
  significand_of: `
struct Significand { digits: u32, exponent: i32 }

// The 24 bits of a positive finite number, the first of which is 1, and its exponent in the format's own count.
fn significand_of(bits: u32) -> Significand {
  if (bits >= 0x00800000u) { return Significand((bits & 0x7fffffu) | 0x800000u, i32(bits >> 23u)); }
  let shift = countLeadingZeros(bits) - 8u;
  return Significand(bits << shift, 1 - i32(shift));
}`,
  round_significand: `
// The number of 25 bits, of which the first is 1, and more after them if \`has_rest\`: to 24 bits, ties to even; fewer where it
// is subnormal.
fn round_significand(digits: u32, has_rest: bool, exponent: i32) -> u32 {
  if (exponent > 254) { return 0x7f800000u; }
  let shift = u32(clamp(2 - exponent, 1, 26));
  let kept = digits >> shift;
  let dropped = digits & ((1u << shift) - 1u);
  let up = select(0u, 1u, 2u * dropped + select(0u, 1u, has_rest) + (kept & 1u) > (1u << shift));
  return (u32(max(exponent - 1, 0)) << 23u) + kept + up;
}`,
  quotient_f32: `
// x / y, correctly rounded: eight bits at a time, by integers.
fn quotient_f32(x: f32, y: f32) -> f32 {
  let sign = (bitcast<u32>(x) ^ bitcast<u32>(y)) & 0x80000000u;
  let a = bitcast<u32>(x) & 0x7fffffffu;
  let b = bitcast<u32>(y) & 0x7fffffffu;
  if (a > 0x7f800000u || b > 0x7f800000u) { return float_of(0x7fc00000u); }
  if (a == b && (a == 0u || a == 0x7f800000u)) { return float_of(0x7fc00000u); }
  if (a == 0x7f800000u || b == 0u) { return float_of(sign | 0x7f800000u); }
  if (a == 0u || b == 0x7f800000u) { return float_of(sign); }
  let dividend = significand_of(a);
  let divisor = significand_of(b);
  let is_below = dividend.digits < divisor.digits;
  let exponent = dividend.exponent - divisor.exponent + select(127, 126, is_below);
  var rest = select(dividend.digits, dividend.digits << 1u, is_below) - divisor.digits;
  var digits = 1u;
  for (var i = 0; i < 3; i++) {
    let shifted = rest << 8u;
    let next = shifted / divisor.digits;
    rest = shifted - next * divisor.digits;
    digits = (digits << 8u) | next;
  }
  return float_of(sign | round_significand(digits, rest != 0u, exponent));
}`,
  sqrt_f32: `
// One step of correction makes it exact where the root is a number of the format.
fn sqrt_f32(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) == 0u || bits == 0x7f800000u || is_nan(x)) { return x; }
  if (bits > 0x7fffffffu) { return float_of(0x7fc00000u); }
  if (bits < 0x00800000u) { return sqrt_f32_normal(f32(bits << 1u)) * 2.6469779601696886e-23; }
  if (bits < 0x20000000u) { return sqrt_f32_normal(x * 18446744073709551616.0) * 2.3283064365386963e-10; }
  if (bits > 0x60000000u) { return sqrt_f32_normal(x * 5.421010862427522e-20) * 4294967296.0; }
  return sqrt_f32_normal(x);
}`,
  sqrt_f32_normal: `
fn sqrt_f32_normal(x: f32) -> f32 {
  let root = sqrt(x);
  let square = exact_product(root, root);
  return root + ((x - square.x) - square.y) / (2.0 * root);
}`,
  rsqrt_f32: `
fn rsqrt_f32(x: f32) -> f32 {
  return quotient_f32(1.0, sqrt_f32(x));
}`,
};
