// Rows of ONNX ops that change element types, and that quantize.

import { dtypes, isFloat } from "../../../../ir-spec/base/dtype.ts";
import { type ElementName, elementRow, type FloatFormat } from "../elements.ts";
import { refuse } from "../refuse.ts";
import { cast, known, op, operand, scalar, type Use } from "../use.ts";
import { dtypeOf, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { elementAttr } from "./shapes.ts";

/** Converts to an element type. Integers that share a dtype wrap as their own width says. */
export function convert(use: Use, x: Value, to: ElementName): Value {
  if (x.element === to) return x;
  const { kind, bits, format } = elementRow(to);
  const dtype = dtypeOf(to);
  if (to === "FLOAT8E8M0") return refuse("no op of the language rounds to powers of two");
  if (format !== undefined) return { ...roundToFormat(use, x, format), element: to };
  if (kind === "float" && bits < 16) return { ...cast(use, limited(use, x, to), dtype), element: to };
  if (kind !== "int" || bits >= 8) return { ...cast(use, x, dtype), element: to };
  // Source: ONNX Cast-27: an integer that does not fit keeps its lowest bits.
  const whole = x.dtype === "i32" ? x : { ...cast(use, x, "i32"), element: "INT32" as const };
  return { ...cast(use, lowBits(use, whole, to), dtype), element: to };
}

/**
 * The nearest value of a format, ties to even, in f32: multiples of a quantum that grows with the exponent. What is larger becomes the largest
 * value, or without `saturate` NaN.
 */
function roundToFormat(use: Use, x: Value, { mantissaBits, minExponent, maxFinite }: FloatFormat): Value {
  const wide = { ...cast(use, x, "f32"), element: "FLOAT" as const };
  const size = op(use, "abs", [wide]);
  const quantum = (exponent: number): Value => scalar(2 ** (exponent - mantissaBits), wide);
  let step = quantum(minExponent);
  for (let exponent = minExponent + 1; 2 ** exponent <= maxFinite; exponent++) {
    step = op(use, "where", [op(use, "less", [size, scalar(2 ** exponent, wide)]), step, quantum(exponent)]);
  }
  const rounded = op(use, "mul", [op(use, "round", [op(use, "div", [wide, step])]), step]);
  if (use.attrs.flag("saturate", true)) {
    return op(use, "max", [op(use, "min", [rounded, scalar(maxFinite, wide)]), scalar(-maxFinite, wide)]);
  }
  const fits = op(use, "less_or_equal", [op(use, "abs", [rounded]), scalar(maxFinite, wide)]);
  return op(use, "where", [fits, rounded, scalar(Number.NaN, wide)]);
}

/** Source: ONNX Cast-19: to 8 bits, with `saturate`, what is larger becomes the largest finite value, infinities included. */
function limited(use: Use, x: Value, to: ElementName): Value {
  if (!use.attrs.flag("saturate", true)) return x;
  const { maxFinite } = dtypes[dtypeOf(to)];
  const wide = isFloat(x.dtype) ? x : { ...cast(use, x, "f32"), element: "FLOAT" as const };
  return op(use, "max", [op(use, "min", [wide, scalar(maxFinite, wide)]), scalar(-maxFinite, wide)]);
}

/** The lowest bits of an integer as a narrower one. */
function lowBits(use: Use, x: Value, to: ElementName): Value {
  const { range, bits } = elementRow(to);
  const least = range![0];
  const size = 2 ** bits;
  const from = { ...x, element: "INT32" as const };
  const lifted = op(use, "sub", [from, scalar(least, from)]);
  const quotient = op(use, "div", [lifted, scalar(size, from)]);
  const rest = op(use, "sub", [lifted, op(use, "mul", [quotient, scalar(size, from)])]);
  const isNegative = op(use, "less", [rest, scalar(0, rest)]);
  const wrapped = op(use, "where", [isNegative, op(use, "add", [rest, scalar(size, rest)]), rest]);
  return op(use, "add", [wrapped, scalar(least, from)]);
}

export const castOps = defineOnnxOps({
  Cast: {
    way: "op",
    as: "`cast`",
    versions: { 13: "bf16", 19: "f8", 21: "4 bits", 23: "f4", 24: "f8e8m0, round_mode", 25: "2 bits" },
    limits: "no texts",
    make: (use) => {
      use.attrs.ignore("round_mode", "saturate");
      return [convert(use, operand(use, 0), elementAttr(use, "to"))];
    },
  },
  CastLike: {
    way: "op",
    as: "`cast`",
    make: (use) => {
      use.attrs.ignore("round_mode", "saturate");
      return [convert(use, operand(use, 0), operand(use, 1).element)];
    },
  },
  Dropout: {
    way: "import",
    as: "its operand; its mask is true everywhere",
    versions: { 13: "bf16" },
    limits: "no training, unless the ratio is 0",
    make: (use) => {
      const x = operand(use, 0);
      use.attrs.ignore("seed", "ratio");
      const [, ratioValue, training] = use.operands;
      const isTraining = training !== undefined && known(training, "training_mode").known()[0] !== 0;
      const ratio = isTraining && ratioValue !== undefined ? known(ratioValue, "the ratio").known()[0] : 0.5;
      if (isTraining && ratio !== 0) return refuse("it drops elements at random, which no run repeats");
      if (!use.wants(1)) return [x];
      const mask = op(use, "full", [], { value: 1, shape: x.shape, dtype: "bool" });
      return [x, { ...mask, element: "BOOL" }];
    },
  },
});
