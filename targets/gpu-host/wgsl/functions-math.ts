// WGSL functions of real numbers, accurate to a few units in the last place of f32. The built-in ones may be far off
// (tanh and pow have no useful bound, exp one that grows with its argument) and need not know infinity or NaN.
// Source of the bounds: WGSL specification, section "Accuracy of Concrete Floating Point Expressions".

export const mathFunctions = {
  power_of_two: `
// 2^n for n from -126 to 127.
fn power_of_two(n: i32) -> f32 {
  return bitcast<f32>(u32(n + 127) << 23u);
}`,
  exp_f32: `
// e^x = 2^n e^r with |r| <= ln(2) / 2. Source: Cephes expf.
fn exp_f32(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let limited = clamp(x, -104.0, 89.0);
  let n = round(limited * 1.44269504);
  let r = (limited - n * 0.693359375) + n * 2.12194440e-4;
  var p = 1.9875691500e-4;
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  let half = i32(n) / 2;
  return (p * (r * r) + r + 1.0) * power_of_two(half) * power_of_two(i32(n) - half);
}`,
  split_exponent: `
struct Split { fraction: f32, exponent: i32 }

// x = fraction * 2^exponent with a fraction between sqrt(1/2) and sqrt(2), for positive finite x, subnormals included.
fn split_exponent(x: f32) -> Split {
  var bits = bitcast<u32>(x);
  var exponent = 0;
  if (bits < 0x00800000u) {
    let shift = countLeadingZeros(bits) - 8u;
    bits = bits << shift;
    exponent = -i32(shift);
  }
  exponent = exponent + i32(bits >> 23u) - 127;
  let fraction = bitcast<f32>((bits & 0x7fffffu) | 0x3f800000u);
  if (fraction > 1.41421356) { return Split(fraction * 0.5, exponent + 1); }
  return Split(fraction, exponent);
}`,
  log_f32: `
// Source: Cephes logf.
fn log_f32(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) == 0u) { return float_of(0xff800000u); }
  if (bits == 0x7f800000u || is_nan(x)) { return x; }
  if (bits > 0x7fffffffu) { return float_of(0x7fc00000u); }
  let split = split_exponent(x);
  let f = split.fraction - 1.0;
  let e = f32(split.exponent);
  let z = f * f;
  var p = 7.0376836292e-2;
  p = p * f - 1.1514610310e-1;
  p = p * f + 1.1676998740e-1;
  p = p * f - 1.2420140846e-1;
  p = p * f + 1.4249322787e-1;
  p = p * f - 1.6668057665e-1;
  p = p * f + 2.0000714765e-1;
  p = p * f - 2.4999993993e-1;
  p = p * f + 3.3333331174e-1;
  let tail = p * f * z - e * 2.12194440e-4 - 0.5 * z;
  return (f + tail) + e * 0.693359375;
}`,
  sigmoid_f32: `
fn sigmoid_f32(x: f32) -> f32 {
  return 1.0 / (1.0 + exp_f32(-x));
}`,
  tanh_f32: `
// Source: Cephes tanhf.
fn tanh_f32(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.625) {
    let z = x * x;
    var p = -5.70498872745e-3;
    p = p * z + 2.06390887954e-2;
    p = p * z - 5.37397155531e-2;
    p = p * z + 1.33314422036e-1;
    p = p * z - 3.33332819422e-1;
    return with_sign(p * z * a + a, x);
  }
  return with_sign(1.0 - 2.0 / (exp_f32(2.0 * a) + 1.0), x);
}`,
  softplus_f32: `
// ln(1 + e) = 2 artanh(e / (2 + e)), e <= 1.
fn softplus_f32(x: f32) -> f32 {
  let e = exp_f32(-abs(x));
  let s = e / (2.0 + e);
  let z = s * s;
  var p = 0.0666666667;
  p = p * z + 0.0769230769;
  p = p * z + 0.0909090909;
  p = p * z + 0.111111111;
  p = p * z + 0.142857143;
  p = p * z + 0.2;
  p = p * z + 0.333333333;
  return max_f32(x, 0.0) + 2.0 * (s + s * z * p);
}`,
  gated: `
// x times sigmoid(z), also where sigmoid(z) is too small for a normal number and the product is not.
fn gated(x: f32, z: f32) -> f32 {
  if (z < -80.0) {
    let half = exp_f32(0.5 * z);
    return x * half * half;
  }
  return x / (1.0 + exp_f32(-z));
}`,
  arctan_f32: `
// Source: the polynomial of atanf in the Cephes library, S. L. Moshier.
fn arctan_f32(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let a = abs(x);
  var start = 0.0;
  var y = a;
  if (a > 2.414213562) {
    start = 1.57079633;
    y = -1.0 / a;
  } else if (a > 0.414213562) {
    start = 0.785398163;
    y = (a - 1.0) / (a + 1.0);
  }
  let z = y * y;
  var p = 8.05374449538e-2;
  p = p * z - 1.38776856032e-1;
  p = p * z + 1.99777106478e-1;
  p = p * z - 3.33329491539e-1;
  return with_sign(start + (p * z * y + y), x);
}`,
  erf_f32: `
// A polynomial up to 475/512, 1 - e^polynomial beyond. Source: coefficients by N. Juffa, "Efficient approximations of
// erff", NVIDIA developer forum; measured here, see test/unit/webgpu/functions.test.ts.
fn erf_f32(x: f32) -> f32 {
  let a = abs(x);
  let s = x * x;
  if (a > 0.927734375) {
    let upper = (-1.72853470e-5 * a + 3.83197126e-4) * s + (-3.88396438e-3 * a + 2.42546219e-2);
    var p = upper * a - 1.06777877e-1;
    p = p * a - 6.34846687e-1;
    p = p * a - 1.28717512e-1;
    let t = 1.0 - exp_f32(p * a - a);
    return select(t, -t, x < 0.0);
  }
  // Neither of two summands may be subnormal where their sum is not.
  if (a < 1e-18) { return x * 1.12837917; }
  var p = -5.96761703e-4;
  p = p * s + 4.99119423e-3;
  p = p * s - 2.67681349e-2;
  p = p * s + 1.12819925e-1;
  p = p * s - 3.76125336e-1;
  p = p * s + 1.28379166e-1;
  return p * x + x;
}`,
  normal_tail: `
// (1 - erf(a / sqrt(2))) / 2 for a >= 0, with full relative accuracy: e^(-a^2 / 2) times a function that changes slowly.
// The square is taken of a's upper half, which is exact; the rest is a second factor.
// Source: the form of the slow factor is N. Juffa's erfcf; measured here, see test/unit/webgpu/functions.test.ts.
fn normal_tail(a: f32) -> f32 {
  if (a > 15.0) { return 0.0; }
  let b = a * 0.707106781;
  let q = (b - 2.0) / (b + 2.0);
  var p = -4.01139259e-4;
  p = p * q - 1.23075210e-3;
  p = p * q + 1.31355342e-3;
  p = p * q + 8.63227434e-3;
  p = p * q - 8.05991981e-3;
  p = p * q - 5.42046614e-2;
  p = p * q + 1.64055392e-1;
  p = p * q - 1.66031361e-1;
  p = p * q - 9.27639827e-2;
  p = p * q + 2.76978403e-1;
  let upper = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let rest = (a - upper) * (a + upper);
  return 0.5 * ((1.0 + p) / (1.0 + 2.0 * b)) * exp_f32(-0.5 * upper * upper) * exp_f32(-0.5 * rest);
}`,
  gelu_f32: `
fn gelu_f32(x: f32) -> f32 {
  if (x > -1.0) { return 0.5 * x * (1.0 + erf_f32(x * 0.707106781)); }
  return x * normal_tail(abs(x));
}`,
  gelu_tanh_f32: `
// (1 + tanh(z / 2)) / 2 is sigmoid(z), which keeps its accuracy where tanh is close to -1. There z = A x + B x^3 must be
// known to more than f32, as e^z multiplies its relative error by z. A = sqrt(8 / pi), B = 0.044715 A.
fn gelu_tanh_f32(x: f32) -> f32 {
  if (x > 15.0) { return x; }
  if (x < -15.0) { return select(float_of(0x80000000u), float_of(0x7fc00000u), is_infinite(x)); }
  let square = exact_product(x, x);
  let factor = exact_product(square.x, 0.07135481387376785);
  let cubic = exact_product(factor.x, x);
  let linear = exact_product(x, 1.5957691669464111);
  let z = exact_sum(linear.x, cubic.x);
  let slope = factor.y + 0.07135481387376785 * square.y + 2.39883e-9 * square.x - 4.53407e-8;
  let low = z.y + (linear.y + cubic.y + x * slope);
  return x / (1.0 + exp_f32(-z.x) * (1.0 - low));
}`,
  exact_product: `
// x y = high + low. Source: Dekker 1971, "A floating-point technique for extending the available precision"; the halves
// are cut by their bits.
fn exact_product(x: f32, y: f32) -> vec2f {
  let xh = bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
  let yh = bitcast<f32>(bitcast<u32>(y) & 0xfffff000u);
  let xl = x - xh;
  let yl = y - yh;
  let product = x * y;
  return vec2f(product, ((xh * yh - product) + xh * yl + xl * yh) + xl * yl);
}`,
  exact_sum: `
// x + y = high + low, where neither is a constant: compilers take (c + y) - c for y. Source: Dekker 1971, as above.
fn exact_sum(x: f32, y: f32) -> vec2f {
  let sum = x + y;
  return vec2f(sum, select((x - sum) + y, (y - sum) + x, abs(y) > abs(x)));
}`,
  wide_log: `
// ln(x) = high + low to about 2^-32, for positive finite x, by 2 artanh((f - 1) / (f + 1)).
fn wide_log(x: f32) -> vec2f {
  let split = split_exponent(x);
  let f = split.fraction - 1.0;
  let s = f / (2.0 + f);
  let product = exact_product(s, f);
  let sl = ((f - 2.0 * s) - product.x - product.y) / (2.0 + f);
  let z = s * s;
  let tail = s * z * (0.333333333 + z * (0.2 + z * (0.142857143 + z * (0.111111111 + z * 0.0909090909))));
  let e = f32(split.exponent);
  let a = e * 0.693359375;
  let b = 2.0 * s;
  let sum = exact_sum(a, b);
  return exact_sum(sum.x, sum.y + (2.0 * (sl + tail) - e * 2.12194440e-4));
}`,
  wide_product: `
// The product of two numbers that are given as sums high + low.
fn wide_product(x: vec2f, y: vec2f) -> vec2f {
  let product = exact_product(x.x, y.x);
  return exact_sum(product.x, product.y + (x.x * y.y + x.y * y.x));
}`,
  integer_power: `
// x^n by squares to about 2^-44, so that what fits in f32 is exact. No square may be near the ends of the range.
fn integer_power(x: f32, n: u32) -> f32 {
  var result = vec2f(1.0, 0.0);
  var square = vec2f(x, 0.0);
  for (var rest = n; rest > 0u; rest = rest >> 1u) {
    if ((rest & 1u) == 1u) { result = wide_product(result, square); }
    if (rest > 1u) { square = wide_product(square, square); }
  }
  return result.x + result.y;
}`,
  pow_positive: `
// x^y = e^(y ln(x)) for x > 0; by products where y is an integer and the result is neither large nor small.
fn pow_positive(x: f32, y: f32) -> f32 {
  if (is_infinite(x)) { return select(x, 0.0, bitcast<u32>(y) > 0x80000000u); }
  if (is_infinite(y)) { return select(0.0, abs(y), (x > 1.0) == (y > 0.0)); }
  if (y == 1.0) { return x; }
  let logarithm = wide_log(x);
  if (abs(y) <= 1024.0 && floor(y) == y && abs(y * logarithm.x) < 40.0) {
    let product = integer_power(x, u32(abs(y)));
    if (y > 0.0) { return product; }
    return quotient_f32(1.0, product);
  }
  if (abs(y * logarithm.x) > 120.0) { return exp_f32(y * logarithm.x); }
  let product = exact_product(y, logarithm.x);
  return exp_f32(product.x) * (1.0 + (product.y + y * logarithm.y));
}`,
  pow_f32: `
// As IEEE 754-2019, section 9.2.1: 1 for y = 0, for x = 1, and for x = -1 and an infinite y; NaN for a negative x and a y
// that is no integer.
fn pow_f32(x: f32, y: f32) -> f32 {
  let a = abs(x);
  if (!is_nonzero(y) || bitcast<u32>(x) == 0x3f800000u) { return 1.0; }
  if (is_nan(x)) { return x; }
  if (is_nan(y)) { return y; }
  if (a == 1.0 && is_infinite(y)) { return 1.0; }
  let is_integer = equal_f32(floor_f32(y), y);
  let is_odd = is_integer && abs(y) < 16777216.0 && (i32(clamp(y, -16777216.0, 16777216.0)) & 1) == 1;
  let is_negative = (bitcast<u32>(x) >> 31u) == 1u;
  if (is_negative && !is_integer && is_nonzero(a) && !is_infinite(x)) { return float_of(0x7fc00000u); }
  var magnitude = 0.0;
  if (is_nonzero(a)) { magnitude = pow_positive(a, y); }
  else if (bitcast<u32>(y) > 0x80000000u) { magnitude = float_of(0x7f800000u); }
  return select(magnitude, -magnitude, is_negative && is_odd);
}`,
};
