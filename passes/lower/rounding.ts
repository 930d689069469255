// Floats to integers and back: floor, round, and conversions of i32, of which f32 does not have every one.

import {
  type Destination,
  emitActivation,
  emitAlu,
  emitSelect,
  emitSteps,
  emitUnary,
  inPlaceOf,
  type TileScope,
  type TileValue,
} from "./tile-values.ts";

const number = (value: number): TileValue => ({ kind: "number", value });
const inF32 = (name: string): Destination => ({ name, dtype: "f32" });
const inI32 = (name: string): Destination => ({ name, dtype: "i32" });

/** Beyond 2^23 every f32 is an integer, so that this much of x is enough to tell whether it is one. */
const largestCut = 2 ** 30;

/**
 * floor(x): with c = x within what an i32 holds and t an integer next to c, u = t - (t > c) is floor(c). Where u < c, x is no integer
 * and c is x; elsewhere x is an integer, infinite or NaN, and its own floor. It also keeps -0.
 */
export function emitFloor(scope: TileScope, x: TileValue, to: Destination): TileValue {
  const limits = [
    ["max", -largestCut],
    ["min", largestCut],
  ] as const;
  const near = emitSteps(scope, x, limits, inF32("near"));
  const cut = emitUnary(scope, "tensor_copy", near, inI32("cut"));
  const integer = emitUnary(scope, "tensor_copy", cut, inF32("integer"));
  const above = emitAlu(scope, "is_gt", integer, near, inF32("above"));
  const below = emitAlu(scope, "subtract", integer, above, inPlaceOf(scope, integer));
  const hasFraction = emitAlu(scope, "is_lt", below, near, inPlaceOf(scope, above));
  return emitSelect(scope, [hasFraction, below, x], to);
}

/** From here on every f32 is an integer. */
const firstWhole = 2 ** 23;
/** Below the distance of fractions of numbers from 1 on, of which 1/2 is one. */
const tieBreak = 2 ** -24;

/**
 * The integer nearest to x, ties to even. With t the integer part of |x| and f = |x| - t, it is t + 1 where f > 1/2, or where f = 1/2 and t
 * is odd: where f + (t mod 2) 2^-24 > 1/2. It has the sign of x, and is x itself where that is an integer, infinite or NaN.
 */
export function emitRound(scope: TileScope, x: TileValue, to: Destination): TileValue {
  const size = emitActivation(scope, "abs", x, inF32("size"));
  const cut = emitUnary(scope, "tensor_copy", size, inI32("cut"));
  const integer = emitUnary(scope, "tensor_copy", cut, inF32("integer"));
  const half = emitSteps(scope, integer, [["multiply", 0.5]], inPlaceOf(scope, cut));
  const even = emitSteps(scope, half, [["multiply", 2]], inF32("even"));
  const odd = emitAlu(scope, "subtract", integer, even, inPlaceOf(scope, even));
  const bias = emitSteps(scope, odd, [["multiply", tieBreak]], inPlaceOf(scope, odd));
  const fraction = emitAlu(scope, "subtract", size, integer, inF32("fraction"));
  const biased = emitAlu(scope, "add", fraction, bias, inPlaceOf(scope, fraction));
  const up = emitSteps(scope, biased, [["is_gt", 0.5]], inPlaceOf(scope, bias));
  const nearest = emitAlu(scope, "add", integer, up, inPlaceOf(scope, integer));
  const sign = emitActivation(scope, "sign", x, inPlaceOf(scope, biased));
  const signed = emitAlu(scope, "multiply", nearest, sign, inPlaceOf(scope, nearest));
  const hasFraction = emitSteps(scope, size, [["is_lt", firstWhole]], inPlaceOf(scope, size));
  return emitSelect(scope, [hasFraction, signed, x], to);
}

/** Bits of an i32 that are cut off, and the numbers from which on f32 does not have every i32. */
const cutBits = 9;
const firstInexact = 2 ** 24;

/**
 * An i32 as bf16. f32 does not have all numbers beyond 2^24, and going through it would round twice. Of those the lower bits are cut off
 * and one is set in their place if any was: such a number lies in f32, and on the same side of every middle between two bf16.
 * Source: "rounding to odd", S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Comput. 57 (2008).
 */
export function emitIntegerToBf16(scope: TileScope, x: TileValue, to: Destination): TileValue {
  const unit = 2 ** cutBits;
  const quotient = emitAlu(scope, "divide", x, number(unit), inI32("quotient"));
  const upper = emitAlu(scope, "multiply", quotient, number(unit), inPlaceOf(scope, quotient));
  const rest = emitAlu(scope, "subtract", x, upper, inI32("rest"));
  const sign = emitActivation(scope, "sign", rest, inF32("sign"));
  const half = emitSteps(scope, sign, [["multiply", unit / 2]], inPlaceOf(scope, sign));
  const wideUpper = emitUnary(scope, "tensor_copy", upper, inF32("upper"));
  const odd = emitAlu(scope, "add", wideUpper, half, inPlaceOf(scope, wideUpper));
  const plain = emitUnary(scope, "tensor_copy", x, inF32("plain"));
  const size = emitActivation(scope, "abs", plain, inPlaceOf(scope, half));
  const isLarge = emitSteps(scope, size, [["is_ge", firstInexact]], inPlaceOf(scope, size));
  return emitSelect(scope, [isLarge, odd, plain], to);
}

const byteBits = 8;
const byteCount = 2 ** byteBits;

/** An i32 as an integer of 8 bits: less its multiples of 256, so that f32, through which conversions go, has it. */
export function emitIntegerToByte(scope: TileScope, x: TileValue, to: Destination): TileValue {
  const quotient = emitAlu(scope, "divide", x, number(byteCount), inI32("quotient"));
  const upper = emitAlu(scope, "multiply", quotient, number(byteCount), inPlaceOf(scope, quotient));
  const rest = emitAlu(scope, "subtract", x, upper, inPlaceOf(scope, upper));
  return emitUnary(scope, "tensor_copy", rest, to);
}
