// x / y of floats. The machine has a reciprocal, correctly rounded, and no quotient, so x times the reciprocal may be one unit in the
// last place off: 165 / 55 would be 2.9999998. THE RULE:
//
// - a number that is a power of two, 0 or infinite: x times its reciprocal, which is exact; one statement;
// - a result that is rounded to bf16 or f16: x times the reciprocal. A quotient of two such numbers lies at least 2^-23 of itself
//   away from the middle between two others, and two roundings to f32 move it by less, so the result is the right one (for
//   bf16 unless |y| < 2^-128, whose reciprocal f32 has not);
// - f32: the product, and one step of correction. The result is exact where the quotient is an f32 (but for a subnormal x and a y between
//   2^-24 and 1), and within 2.5 units in the last place elsewhere. That takes seven or eight statements for each tile of x
//   where y is a number or one element for each row, and sixteen where y is a tile; `x * reciprocal(y)` takes one and two.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
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

interface Division {
  readonly scope: TileScope;
  readonly x: TileValue;
  readonly y: TileValue;
  /** The quotient's dtype in the graph. */
  readonly dtype: Dtype;
  readonly to: Destination;
}

const number = (value: number): TileValue => ({ kind: "number", value });
const inF32 = (name: string): Destination => ({ name, dtype: "f32" });

export function emitDivision(division: Division): TileValue {
  const { scope, x, y, dtype, to } = division;
  if (y.kind === "number" && hasExactReciprocal(y.value)) {
    return emitAlu(scope, "multiply", x, number(1 / y.value), to);
  }
  if (dtype === "f32") return emitCorrected(division);
  const inverse = emitUnary(scope, "reciprocal", y, inF32("inverse"));
  return emitAlu(scope, "multiply", x, inverse, to.access === undefined ? { ...to, dtype } : to);
}

/** Whether 1 / y is a normal number of f32 (or 0, infinite or NaN) without rounding. */
function hasExactReciprocal(y: number): boolean {
  const exponent = Math.log2(Math.abs(y));
  return !Number.isFinite(exponent) || (Number.isInteger(exponent) && exponent >= -127 && exponent <= 126);
}

/** The divisor, brought into the middle of f32's range by a power of two that the dividend is multiplied by, too. */
interface ScaledDivisor {
  readonly scale: TileValue;
  readonly divisor: TileValue;
  readonly inverse: TileValue;
}

/** Divisors below 2^-24 are multiplied by 2^24: a dividend that overflows then would give an infinite quotient. */
const tiny = { below: 2 ** -24, factor: 2 ** 24 };
/** Divisors above 2^100 by 2^-24: a dividend that loses digits then gives a quotient of 0. */
const huge = { above: 2 ** 100, factor: 2 ** -24 };

/**
 * How much of the measured error is taken off. Let a quotient q be an f32. The product is q or a neighbour of it, and its own product
 * with y differs from x by 1 or 2 units, rounded: of what is right, that is between 2/3 and 2 times. Three quarters of it are
 * between 1/2 and 3/2, so q is the nearest f32; the rest keeps ties of the lower end on the right side. (At the upper end
 * the divisor's significand is above 1 + 2^-12, since q has at most 25 bits less those of the divisor.)
 */
const correction = 0.75 * (1 + 2 ** -13);

/** q + (x - q y) / y, or q where that is no number, since x, y or q is infinite or y is 0. */
function emitCorrected({ scope, x, y, to }: Division): TileValue {
  const { scale, divisor, inverse } = y.kind === "number" ? scaledNumber(y.value) : emitScaled(scope, y);
  const isScaled = scale.kind !== "number" || scale.value !== 1;
  const dividend = isScaled ? emitAlu(scope, "multiply", x, scale, inF32("dividend")) : x;
  const quotient = emitAlu(scope, "multiply", dividend, inverse, inF32("quotient"));
  const product = emitAlu(scope, "multiply", quotient, divisor, inF32("product"));
  const error = emitAlu(scope, "subtract", dividend, product, inPlaceOf(scope, product));
  const factor =
    inverse.kind === "number"
      ? number(Math.fround(inverse.value * correction))
      : emitSteps(scope, inverse, [["multiply", correction]], inPlaceOf(scope, inverse));
  const excess = emitAlu(scope, "multiply", error, factor, inPlaceOf(scope, error));
  const corrected = emitAlu(scope, "add", quotient, excess, inPlaceOf(scope, excess));
  const isNumber = emitSteps(
    scope,
    corrected,
    [
      ["multiply", 0],
      ["is_equal", 0],
    ],
    { name: "is_number", dtype: "bool" },
  );
  return emitSelect(scope, [isNumber, corrected, quotient], to);
}

function scaledNumber(y: number): ScaledDivisor {
  const size = Math.abs(y);
  const scale = size < tiny.below ? tiny.factor : size > huge.above ? huge.factor : 1;
  return { scale: number(scale), divisor: number(y * scale), inverse: number(Math.fround(1 / (y * scale))) };
}

function emitScaled(scope: TileScope, y: TileValue): ScaledDivisor {
  const size = emitActivation(scope, "abs", y, inF32("size"));
  const up = emitSteps(
    scope,
    size,
    [
      ["is_lt", tiny.below],
      ["multiply", tiny.factor - 1],
    ],
    inF32("scale"),
  );
  const down = emitSteps(
    scope,
    size,
    [
      ["is_gt", huge.above],
      ["multiply", huge.factor - 1],
    ],
    inPlaceOf(scope, size),
  );
  const change = emitAlu(scope, "add", up, down, inPlaceOf(scope, up));
  const scale = emitSteps(scope, change, [["add", 1]], inPlaceOf(scope, change));
  const divisor = emitAlu(scope, "multiply", y, scale, inPlaceOf(scope, down));
  return { scale, divisor, inverse: emitUnary(scope, "reciprocal", divisor, inF32("inverse")) };
}
