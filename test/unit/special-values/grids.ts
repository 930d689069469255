// The numbers at which elementwise ops go wrong: zeros, infinities, NaN, both ends of a format, integers around the precision of
// f32 and the range of i32, halves, and integers whose quotients and powers are integers.

import { type Dtype, dtypes, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";

const specials = [0, 1, Number.POSITIVE_INFINITY];
const ends = [
  2 ** -149,
  1e-40,
  2 ** -133,
  2 ** -126,
  1e-38,
  2 ** -100,
  2 ** 100,
  2 ** 126,
  2 ** 127,
  dtypes.f32.maxFinite,
];
const halfEnds = [2 ** -24, 1e-6, 2 ** -14, 65504, 240, 57344];
const nearIntegers = [0.5, 1.5, 2.5, 2.9999997615814209, 0.9999999403953552, 8388607.5, 2097151.75];
const integers = [2, 3, 5, 7, 10, 16, 41, 55, 123, 165, 2 ** 23, 2 ** 24 - 1, 2 ** 24 + 2, 2 ** 25 + 4, 2 ** 31, 3e9];
const angles = [0.1, Math.PI, 100, 1e5, 1e8, 670000000, 1e12, 1e30, 3e38];
const exponents = [80.5, 87.5, 88.72283, 88.8, 104];

const magnitudes = [...specials, ...ends, ...halfEnds, ...nearIntegers, ...integers, ...angles, ...exponents];
const floats = [...magnitudes.flatMap((x) => [x, -x]), Number.NaN];

/** Source of the larger ones: 2^24 + 2^16 + 1 and its like lie beside the middle between two bf16. */
const wholes = [
  0,
  1,
  2,
  3,
  7,
  10,
  55,
  165,
  255,
  65519,
  65520,
  2 ** 23,
  2 ** 24 - 1,
  2 ** 24 + 1,
  16842753,
  33685505,
  2 ** 31 - 1,
];

/** The numbers of the grid that a dtype has, each once. */
export function gridOf(dtype: Dtype): readonly number[] {
  const given = isFloat(dtype) ? floats : [...wholes.flatMap((x) => [x, -x]), -(2 ** 31)];
  const rounded = given.map((x) => roundTo(dtype, x)).map((x) => (isFloat(dtype) || x !== 0 ? x : 0));
  return rounded.filter((x, index) => rounded.findIndex((other) => Object.is(other, x)) === index);
}
