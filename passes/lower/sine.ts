// sin and cos of any angle. The scalar engine's table ends at pi, so the angle is brought to [-pi, pi] first, whatever its size:
//
//     x = D_n 2^k_n + ... + D_1 2^k_1 + rest,   each D an integer of 11 bits, |rest| < 2
//     turns(x) = D_n frac(2^k_n / 2 pi) + ... + rest / 2 pi
//
// The fractions are known, each as one of 12 bits, whose products with D are exact, and what is left of it. At most three D of a number
// are not 0, so the exact products add up exactly; whole turns are taken off before anything is rounded. An angle below 2 has
// no D and stays as it is.
// Source: the idea is that of M. H. Payne, R. N. Hanek, "Radian reduction for trigonometric functions", SIGNUM 18 (1983).

import { type Dtype, dtypes } from "../../ir-spec/base/dtype.ts";
import { turnsOfPowerOfTwo } from "../../ir-spec/base/two-over-pi.ts";
import {
  type Destination,
  emitActivation,
  emitAlu,
  emitSteps,
  emitUnary,
  inPlaceOf,
  materialize,
  type TileScope,
  type TileValue,
} from "./tile-values.ts";

const digitBits = 11;
const fractionBits = 12;

const number = (value: number): TileValue => ({ kind: "number", value });
const inF32 = (name: string): Destination => ({ name, dtype: "f32" });
const inI32 = (name: string): Destination => ({ name, dtype: "i32" });

/** x cut down to so many bits after the point. */
const cutTo = (bits: number, x: number): number => Math.floor(x * 2 ** bits) / 2 ** bits;

/** 2 pi as a number of 12 bits, whose product with one of 12 bits is exact, and the positive rest. */
const wideTurn = cutTo(9, 2 * Math.PI);
const narrowTurn = Math.fround(2 * Math.PI - wideTurn);

/** The angle as exact turns, small turns, and the rest in radians. */
interface Turns {
  readonly exact: TileValue;
  readonly small: TileValue;
  readonly rest: TileValue;
}

/** sin(x), or cos(x) as the sine a quarter of a turn ahead; x has been rounded to `dtype`. */
export function emitSine(
  scope: TileScope,
  x: TileValue,
  { dtype, isCosine }: { readonly dtype: Dtype; readonly isCosine: boolean },
  to: Destination,
): TileValue {
  const { exact, small, rest } = emitTurns(scope, materialize(scope, x, "f32"), exponentsOf(dtype));
  const whole = emitNearest(scope, exact);
  const fraction = emitAlu(scope, "subtract", exact, whole, inPlaceOf(scope, exact));
  const ahead = isCosine ? emitSteps(scope, fraction, [["add", 0.25]], inPlaceOf(scope, fraction)) : fraction;
  const restTurns = emitSteps(scope, rest, [["multiply", 1 / (2 * Math.PI)]], inPlaceOf(scope, whole));
  const total = emitAlu(scope, "add", restTurns, ahead, inPlaceOf(scope, restTurns));
  const nearest = emitNearest(scope, total);
  // The turns to be taken off: positive zeros where there are none, so that the angle keeps the sign of -0.
  const back = emitAlu(scope, "subtract", nearest, ahead, inPlaceOf(scope, ahead));
  const wide = emitSteps(scope, back, [["multiply", wideTurn]], inPlaceOf(scope, nearest));
  const near = emitAlu(scope, "subtract", rest, wide, inPlaceOf(scope, rest));
  const narrow = emitSteps(scope, back, [["multiply", narrowTurn]], inPlaceOf(scope, back));
  const smallAngle = emitSteps(scope, small, [["multiply", 2 * Math.PI]], inPlaceOf(scope, small));
  const less = emitAlu(scope, "subtract", narrow, smallAngle, inPlaceOf(scope, narrow));
  const angle = emitAlu(scope, "subtract", near, less, inPlaceOf(scope, near));
  return emitActivation(scope, "sin", angle, to);
}

/** The k of the digits that numbers of the dtype have, the largest first. */
function exponentsOf(dtype: Dtype): readonly number[] {
  const bits = Math.log2(dtypes[dtype].maxFinite);
  const count = Math.ceil((bits - 1) / digitBits);
  return [...new Array(count).keys()].map((digit) => 1 + digit * digitBits).reverse();
}

function emitTurns(scope: TileScope, x: TileValue, exponents: readonly number[]): Turns {
  let found: Turns | undefined;
  for (const exponent of exponents) found = emitDigit(scope, found ?? x, exponent);
  return found ?? { exact: number(0), small: number(0), rest: x };
}

/** Takes one digit off the rest and adds its turns. */
function emitDigit(scope: TileScope, before: TileValue | Turns, exponent: number): Turns {
  const turns = turnsOfPowerOfTwo(exponent);
  const upper = Math.round(turns * 2 ** fractionBits) / 2 ** fractionBits;
  const known = "rest" in before ? before : undefined;
  const x = "rest" in before ? before.rest : before;
  const digit = emitSteps(scope, x, [["multiply", 2 ** -exponent]], inI32("digit"));
  const part = emitSteps(scope, digit, [["multiply", 2 ** exponent]], inF32("part"));
  const rest = emitAlu(scope, "subtract", x, part, known === undefined ? inF32("rest") : inPlaceOf(scope, x));
  const add = (sum: TileValue | undefined, factor: number, name: string): TileValue => {
    if (sum === undefined) return emitSteps(scope, digit, [["multiply", factor]], inF32(name));
    const product = emitSteps(scope, digit, [["multiply", factor]], inPlaceOf(scope, part));
    return emitAlu(scope, "add", sum, product, inPlaceOf(scope, sum));
  };
  return { exact: add(known?.exact, upper, "exact"), small: add(known?.small, turns - upper, "small"), rest };
}

/** The integer nearest to x, as f32; |x| < 2^31. */
function emitNearest(scope: TileScope, x: TileValue): TileValue {
  const halves = [
    ["is_ge", 0],
    ["subtract", 0.5],
  ] as const;
  const half = emitSteps(scope, x, halves, inF32("nearest"));
  const cut = emitAlu(scope, "add", x, half, inI32("cut"));
  return emitUnary(scope, "tensor_copy", cut, inPlaceOf(scope, half));
}
