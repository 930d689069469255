// x / y of floats. The machine has a reciprocal, correctly rounded, and no quotient, so x times the reciprocal may be one unit in the
// last place off: 165 / 55 would be 2.9999998. THE RULE:
//
// - a number that is a power of two, 0 or infinite: x times its reciprocal, which is exact; one statement;
// - a result that is rounded to bf16 or f16: x times the reciprocal. A quotient of two such numbers lies at least 2^-23 of itself
//   away from the middle between two others, and two roundings to f32 move it by less, so the result is the right one. f32
//   does not have the reciprocals of all bf16, so there x and y are scaled first, which takes few statements where y is one
//   element for each row;
// - f32: the product, and one step of correction. The result is exact where the quotient is an f32 (but for a subnormal x and a y between
//   2^-24 and 1), and within 2.5 units in the last place elsewhere. That takes seven or eight statements for each tile of x
//   where y is a number or one element for each row, and nineteen where y is a tile; `x * reciprocal(y)` takes one and two.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import {
  type Destination,
  emitActivation,
  emitAlu,
  emitProduct,
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
  const narrow = { ...division, to: to.access === undefined ? { ...to, dtype } : to };
  if (dtype === "bf16") return emitBf16(narrow);
  return emitAlu(scope, "multiply", x, emitUnary(scope, "reciprocal", y, inF32("inverse")), narrow.to);
}

/** x scale / (y scale). */
function emitBf16({ scope, x, y, to }: Division): TileValue {
  if (y.kind !== "number") {
    const { scale, spare } = emitScale(scope, y);
    const divisor = emitAlu(scope, "multiply", y, scale, inPlaceOf(scope, spare));
    const inverse = emitUnary(scope, "reciprocal", divisor, inPlaceOf(scope, divisor));
    return emitProduct(scope, x, [scale, inverse], to);
  }
  const { scale, inverse } = scaledNumber(y.value);
  const steps = [
    ["multiply", scale],
    ["multiply", inverse],
  ] as const;
  return emitSteps(scope, x, steps, to);
}

/** Whether 1 / y is a normal number of f32 (or 0, infinite or NaN) without rounding. */
function hasExactReciprocal(y: number): boolean {
  const exponent = Math.log2(Math.abs(y));
  return !Number.isFinite(exponent) || (Number.isInteger(exponent) && exponent >= -127 && exponent <= 126);
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

/** A divisor times a factor that makes it positive and brings it into the middle of f32's range; the dividend is multiplied, too. */
interface ScaledDivisor {
  readonly scale: TileValue;
  readonly divisor: TileValue;
  readonly inverse: TileValue;
}

function emitScaledDivisor(scope: TileScope, y: TileValue): ScaledDivisor {
  if (y.kind === "number") {
    const { scale, divisor, inverse } = scaledNumber(y.value);
    return { scale: number(scale), divisor: number(divisor), inverse: number(inverse) };
  }
  const { scale: size, spare } = emitScale(scope, y);
  const sign = emitSign(scope, y, inPlaceOf(scope, spare));
  const scale = emitAlu(scope, "multiply", size, sign, inPlaceOf(scope, size));
  const divisor = emitAlu(scope, "multiply", y, scale, inPlaceOf(scope, sign));
  return { scale, divisor, inverse: emitUnary(scope, "reciprocal", divisor, inF32("inverse")) };
}

/** The reciprocal times the part of the error that is taken off. */
function emitFactor(scope: TileScope, inverse: TileValue): TileValue {
  if (inverse.kind === "number") return number(Math.fround(inverse.value * correction));
  return emitSteps(scope, inverse, [["multiply", correction]], inPlaceOf(scope, inverse));
}

/**
 * q - (q y - x) / y, or q where that is no number, since x, y or q is infinite or y is 0. What is taken off is never -0, as y is
 * positive, so that q keeps its sign where it is 0.
 */
function emitCorrected({ scope, x, y, to }: Division): TileValue {
  const by = emitScaledDivisor(scope, y);
  const isScaled = by.scale.kind !== "number" || by.scale.value !== 1;
  const scaled = by.scale.kind === "tile" ? inPlaceOf(scope, by.scale) : inF32("dividend");
  const dividend = isScaled ? emitAlu(scope, "multiply", x, by.scale, scaled) : x;
  const quotient = emitAlu(scope, "multiply", dividend, by.inverse, inF32("quotient"));
  const product = emitAlu(scope, "multiply", quotient, by.divisor, inF32("product"));
  const error = emitAlu(scope, "subtract", product, dividend, inPlaceOf(scope, product));
  const excess = emitAlu(scope, "multiply", error, emitFactor(scope, by.inverse), inPlaceOf(scope, error));
  const corrected = emitAlu(scope, "subtract", quotient, excess, inPlaceOf(scope, excess));
  const steps = [
    ["multiply", 0],
    ["is_equal", 0],
  ] as const;
  const isNumber = emitSteps(scope, corrected, steps, { name: "is_number", dtype: "bool" });
  return emitSelect(scope, [isNumber, corrected, quotient], to);
}

/** A divisor that is a number, its factor, and the reciprocal of their product. */
function scaledNumber(y: number): { readonly scale: number; readonly divisor: number; readonly inverse: number } {
  const size = Math.abs(y);
  const factor = size < tiny.below ? tiny.factor : size > huge.above ? huge.factor : 1;
  const scale = y < 0 ? -factor : factor;
  return { scale, divisor: y * scale, inverse: Math.fround(1 / (y * scale)) };
}

/** The factor that brings a divisor into the middle of f32's range, and a value that is not needed any more. */
function emitScale(scope: TileScope, y: TileValue): { readonly scale: TileValue; readonly spare: TileValue } {
  const size = emitActivation(scope, "abs", y, inF32("size"));
  const isTiny = [
    ["is_lt", tiny.below],
    ["multiply", tiny.factor - 1],
  ] as const;
  const isHuge = [
    ["is_gt", huge.above],
    ["multiply", huge.factor - 1],
  ] as const;
  const up = emitSteps(scope, size, isTiny, inF32("scale"));
  const down = emitSteps(scope, size, isHuge, inPlaceOf(scope, size));
  const change = emitAlu(scope, "add", up, down, inPlaceOf(scope, up));
  return { scale: emitSteps(scope, change, [["add", 1]], inPlaceOf(scope, change)), spare: down };
}

/** 1 or -1; 1 for zeros. */
function emitSign(scope: TileScope, y: TileValue, to: Destination): TileValue {
  const steps = [
    ["is_ge", 0],
    ["multiply", 2],
  ] as const;
  const twice = emitSteps(scope, y, steps, to);
  return emitSteps(scope, twice, [["subtract", 1]], inPlaceOf(scope, twice));
}
