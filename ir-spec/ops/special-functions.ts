// The error function in f64, which JavaScript's Math has not.

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * erf(x) = 2/sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)); all terms have one sign, so nothing
 * cancels. Source: Abramowitz and Stegun, 7.1.6. Beyond 6 the result differs from 1 by less than half an ulp.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/**
 * erfc(x) = 1 - erf(x), with full relative accuracy also where it is tiny.
 * Source: Abramowitz and Stegun, 7.1.14: sqrt(pi) exp(x^2) erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))).
 */
export function erfc(x: number): number {
  if (x < 2) return 1 - erf(x);
  let tail = x;
  for (let n = 80; n >= 1; n--) tail = x + n / 2 / tail;
  return (Math.exp(-x * x) / tail) * (TWO_OVER_SQRT_PI / 2);
}
