// Numbers as a person would write them.

import { printNumber } from "../../ir-spec/base/attr.ts";
import { type Dtype, roundTo } from "../../ir-spec/base/dtype.ts";

/** The number with the fewest decimal digits that a dtype rounds to the same value: 0.1 for the f32 next to it. */
export function shortest(x: number, dtype: Dtype): number {
  if (!Number.isFinite(x) || Number.isInteger(x)) return x;
  const value = roundTo(dtype, x);
  for (let digits = 1; digits < 17; digits++) {
    const short = Number(x.toPrecision(digits));
    if (roundTo(dtype, short) === value) return short;
  }
  return x;
}

export function printShortest(x: number, dtype: Dtype): string {
  return printNumber(shortest(x, dtype));
}
