// The remainder of a division, with either sign.

import type { ValueId } from "../base/ids.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { spread } from "./elementwise-makers.ts";
import { broadcastShapes, checkDtype, checkSameDtype, numberDtypes } from "./shape-rules.ts";
import { castLike, widen } from "./widening.ts";

/** x where an integer is divided by 0, as that quotient is 0, and where y is infinite. */
function remainder(x: number, y: number, { ofDivisor, isInteger }: { ofDivisor: boolean; isInteger: boolean }): number {
  if ((isInteger && y === 0) || Math.abs(y) === Number.POSITIVE_INFINITY) return x + 0 * (Number.isFinite(x) ? 0 : x);
  const rest = x % y;
  return ofDivisor && rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

/** x - trunc(x / y) y, which has the sign of x; the fraction of an integer quotient is cut off. */
function expandIntegers(b: Expander, x: ValueId, y: ValueId, ofDivisor: boolean): ValueId {
  const rest = b.op("sub", [x, b.op("mul", [b.op("div", [x, y]), y])]);
  if (!ofDivisor) return rest;
  const zero = b.scalar(0, x);
  const isOther = b.op("logical_xor", [b.op("less", [rest, zero]), b.op("less", [y, zero])]);
  const isWrong = b.op("logical_and", [isOther, b.op("not_equal", [rest, zero])]);
  return b.op("where", [isWrong, b.op("add", [rest, y]), rest]);
}

function expandFloats(b: Expander, x: ValueId, y: ValueId, ofDivisor: boolean): ValueId {
  const quotient = b.op("div", [x, y]);
  const down = b.op("floor", [quotient]);
  const integer = ofDivisor
    ? down
    : b.op("where", [b.op("less", [quotient, b.scalar(0, x)]), b.op("ceil", [quotient]), down]);
  const rest = b.op("sub", [x, b.op("mul", [integer, y])]);
  // Beside an infinite y the product would be NaN.
  const isWhole = b.op("equal", [integer, b.scalar(0, x)]);
  return b.op("where", [isWhole, x, rest]);
}

export const remainderOps = {
  mod: defineOp({
    kind: "composite",
    facts: { jumps: true, mayBeExact: true },
    summary: "remainder of a division",
    detail:
      'What is left of `x` after whole `y` are taken off. With `sign="divisor"` it has the sign of `y`, as in Python; with `sign="dividend"` that of `x`, as in C. `x` and `y` have one dtype (f32, bf16, f16, i32) and broadcast as in NumPy. For `i32` it is exact, and `x` where `y` is 0; where `y` is infinite it is `x`. For floats the quotient is computed in f32: where it is next to an integer, the result may be off by one `y`, and it loses as many digits as the quotient has.',
    source: "ONNX Mod-13, fmod=0 and fmod=1; StableHLO remainder",
    operands: ["x", "y"],
    attrs: {
      sign: { kind: "choice", choices: ["divisor", "dividend"], default: "divisor", summary: "whose sign it has" },
    },
    infer: ([x, y]) => {
      const wrong = checkDtype("x", x, numberDtypes) ?? checkDtype("y", y, numberDtypes) ?? checkSameDtype(x, y);
      if (wrong) return fail(wrong);
      const shape = broadcastShapes(x.shape, y.shape);
      return shape.ok ? ok([{ dtype: x.dtype, shape: shape.value }]) : shape;
    },
    eval: ([x, y], { sign }, [z]) => {
      const how = { ofDivisor: sign === "divisor", isInteger: x.dtype === "i32" };
      const [left, right] = [spread(x, z), spread(y, z)];
      for (let index = 0; index < z.data.length; index++) z.data[index] = remainder(left[index]!, right[index]!, how);
    },
    // quotient, integer, product, difference
    flops: (_inputs, [z]) => 4 * elementCount(z.shape),
    expand: (b, [x, y], { sign }) => {
      const ofDivisor = sign === "divisor";
      if (b.typeOf(x).dtype === "i32") return [expandIntegers(b, x, y, ofDivisor)];
      return [castLike(b, expandFloats(b, widen(b, x), widen(b, y), ofDivisor), x)];
    },
    example: `graph example(x: f32[2, 3], y: f32[3]) -> (z: f32[2, 3]) {
  z = mod(x, y, sign="divisor")
}`,
  }),
};
