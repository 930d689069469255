// Rounding to each dtype, against every value that the formats of 16 and 8 bits have.
import { describe, expect, test } from "vitest";
import { dtypes, roundTo, ulpAt } from "../../ir-spec/base/dtype.ts";

/** The value of a pattern of `width` bits: sign, exponent and `fractionBits` of fraction. */
function decodeBits(bits: number, width: number, fractionBits: number): number {
  const exponentBits = width - 1 - fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >= 2 ** (width - 1) ? -1 : 1;
  const exponent = (bits % 2 ** (width - 1)) >>> fractionBits;
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

const formats = [
  ["f16", 16, 10],
  ["bf16", 16, 7],
  ["f8e4m3", 8, 3],
  ["f8e5m2", 8, 2],
] as const;

describe.each(formats)("%s", (dtype, width, fractionBits) => {
  const decode = (bits: number): number => decodeBits(bits, width, fractionBits);
  const firstInfinite = 2 ** (width - 1) - 2 ** fractionBits;

  test("every value rounds to itself", () => {
    for (let bits = 0; bits < 2 ** width; bits++) {
      const value = decode(bits);
      if (!Object.is(roundTo(dtype, value), value)) expect.fail(`${bits}: ${value} -> ${roundTo(dtype, value)}`);
    }
  });

  test("between neighbours: the nearer one, and the even one in the middle", () => {
    for (let bits = 0; bits < firstInfinite; bits++) {
      const low = decode(bits);
      const isLast = bits === firstInfinite - 1;
      // Beyond the largest value the next one would be this far; from the middle on the result is infinite.
      const next = isLast ? low + ulpAt(dtype, low) : decode(bits + 1);
      const high = isLast ? Number.POSITIVE_INFINITY : next;
      const middle = (low + next) / 2;
      const nudge = (next - low) * 2 ** -30;
      const even = bits % 2 === 0 ? low : high;
      for (const sign of [1, -1]) {
        const found = [middle - nudge, middle, middle + nudge].map((x) => roundTo(dtype, sign * x));
        const wanted = [sign * low, sign * even, sign * high];
        if (!found.every((x, index) => Object.is(x, wanted[index]))) expect.fail(`${bits}: ${found} for ${wanted}`);
      }
    }
  });

  test("the table's facts are those of the format", () => {
    expect(dtypes[dtype].maxFinite).toBe(decode(firstInfinite - 1));
    expect(2 ** dtypes[dtype].minExponent).toBe(decode(1 << fractionBits));
    expect(dtypes[dtype].mantissaBits).toBe(fractionBits);
  });

  test("ulpAt is the distance to the next larger value", () => {
    for (let bits = 0; bits < firstInfinite - 1; bits++) {
      const low = decode(bits);
      if (ulpAt(dtype, -low) !== decode(bits + 1) - low) expect.fail(`${bits}`);
    }
  });

  test("infinities and NaN stay, and far values become infinite or zero", () => {
    expect(roundTo(dtype, Number.NaN)).toBeNaN();
    expect(roundTo(dtype, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(roundTo(dtype, -1e300)).toBe(Number.NEGATIVE_INFINITY);
    expect(roundTo(dtype, -1e-300)).toBe(-0);
    expect(roundTo(dtype, Number.MIN_VALUE)).toBe(0);
  });
});

test("bf16 is rounded once, not by way of f32", () => {
  // Just above the middle of 1 and 1 + 2^-7, but f32 has only the middle itself.
  expect(roundTo("bf16", 1 + 2 ** -8 + 2 ** -40)).toBe(1 + 2 ** -7);
  expect(roundTo("bf16", 1 + 2 ** -8)).toBe(1);
  expect(roundTo("bf16", 1 + 3 * 2 ** -8 - 2 ** -40)).toBe(1 + 2 ** -7);
});

test("i32 cuts off the fraction and wraps; bool is 0 or 1", () => {
  expect([1.9, -1.9, 2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 5].map((x) => roundTo("i32", x))).toEqual([
    1,
    -1,
    -(2 ** 31),
    2 ** 31 - 1,
    5,
  ]);
  expect([0, -0, 2, 0.1, Number.NaN].map((x) => roundTo("bool", x))).toEqual([0, 0, 1, 1, 1]);
});

test("i8 and u8 cut off the fraction and wrap", () => {
  expect([1.9, -1.9, 128, -129, 256 + 7].map((x) => roundTo("i8", x))).toEqual([1, -1, -128, 127, 7]);
  expect([1.9, -1, 255, 256, 256 + 7].map((x) => roundTo("u8", x))).toEqual([1, 255, 255, 0, 7]);
});
