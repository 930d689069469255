// Functions in f64 that JavaScript lacks, or has otherwise than IEEE 754.

/** x^y as IEEE 754 has it: 1 to any power is 1, NaN included, and so is -1 to an infinite one; `**` gives NaN there. */
export function power(x: number, y: number): number {
  const isOne = x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY);
  return isOne ? 1 : x ** y;
}

/** ln(1 + e^x) without overflow of e^x. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The integer nearest to x, the even one of two; of what is 0 the sign is kept. */
export function roundHalfToEven(x: number): number {
  const nearest = Math.round(x);
  const isTie = nearest - x === 0.5;
  return isTie && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/** erf(x): 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export function erf(x: number): number {
  if (x >= 1) return 1 - erfcTail(x);
  if (x <= -1) return erfcTail(-x) - 1;
  return erfSeries(x);
}

/** erfc(x) = 1 - erf(x), with full relative accuracy also where it is tiny. */
export function erfc(x: number): number {
  return x >= 1 ? erfcTail(x) : 1 - erf(x);
}

/**
 * erf(x) = 2/sqrt(pi) * exp(-x^2) * sum of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)); all terms have one sign, so nothing
 * cancels. Source: Abramowitz and Stegun, 7.1.6.
 */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/**
 * erfc(x) for x >= 1. Source: Abramowitz and Stegun, 7.1.14:
 * sqrt(pi) exp(x^2) erfc(x) = 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), whose error after n steps falls as
 * exp(-2 x sqrt(2 n)); 30 + 160 / x^2 steps bring it below the accuracy of f64.
 */
function erfcTail(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  let tail = x;
  for (let n = 30 + Math.ceil(160 / (x * x)); n >= 1; n--) tail = x + n / 2 / tail;
  return (Math.exp(-x * x) / tail) * (TWO_OVER_SQRT_PI / 2);
}
