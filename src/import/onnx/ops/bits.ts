// Rows of ONNX ops on the bits of integers, in arithmetic on i32: a bit is what is left of a division by two.

import { elementRow } from "../elements.ts";
import { refuse } from "../refuse.ts";
import { cast, op, operand, scalar, twoOperands, type Use } from "../use.ts";
import { dtypeOf, type Value } from "../values.ts";
import { defineOnnxOps, type OnnxOp } from "./define.ts";
import { narrow, widen } from "./integers.ts";
import { elementAttr } from "./shapes.ts";

const add = (use: Use, a: Value, b: Value): Value => op(use, "add", [a, b]);
const mul = (use: Use, a: Value, b: Value): Value => op(use, "mul", [a, b]);
const num = (x: Value, value: number): Value => scalar(value, x);

/** i32 whatever the element type, so that constants of it are numbers of i32. */
const plain = (use: Use, value: Value): Value => ({ ...widen(use, value), element: "INT32" });

/** Bits that an element may have: those of i32 where it has more, as its values fit there. */
const bitsOf = ({ element }: Value): number => Math.min(elementRow(element).bits, 32);

/** The bits of an integer, the lowest first, each 0 or 1; of a negative one those of its two's complement. */
function splitBits(use: Use, x: Value, count: number): readonly Value[] {
  const isNegative = op(use, "less", [x, num(x, 0)]);
  // Without its highest bit it is not negative: x + 2^31, in two steps, as 2^31 is no i32.
  const lifted = add(use, add(use, x, num(x, 2 ** 31 - 1)), num(x, 1));
  let rest = op(use, "where", [isNegative, lifted, x]);
  const bits: Value[] = [];
  for (let bit = 0; bit < Math.min(count, 31); bit++) {
    const half = op(use, "div", [rest, num(rest, 2)]);
    bits.push(op(use, "sub", [rest, mul(use, half, num(half, 2))]));
    rest = half;
  }
  return count < 32 ? bits : [...bits, cast(use, isNegative, "i32")];
}

/** 2^31 wraps to the lowest i32, which is the highest bit's value. */
const bitValue = (bit: number): number => (bit === 31 ? -(2 ** 31) : 2 ** bit);

function joinBits(use: Use, bits: readonly Value[]): Value {
  return bits.map((bit, index) => mul(use, bit, num(bit, bitValue(index)))).reduce((sum, bit) => add(use, sum, bit));
}

/** Combines two integers bit by bit, each bit being 0 or 1. */
function bitwise(as: string, combine: (use: Use, a: Value, b: Value) => Value): OnnxOp {
  return {
    way: "rewrite",
    as: `\`${as}\`, bit by bit`,
    make: (use) => {
      const [a, b] = twoOperands(use);
      const [left, right] = [a, b].map((value) => splitBits(use, plain(use, value), bitsOf(value))) as [
        readonly Value[],
        readonly Value[],
      ];
      const bits = left.map((bit, index) => combine(use, bit, right[index]!));
      return [narrow(use, joinBits(use, bits), a.element)];
    },
  };
}

/** 2^n for n of 0 to 31. */
function powerOfTwo(use: Use, n: Value): Value {
  return splitBits(use, n, 5).reduce(
    (power: Value, bit, index) => {
      // 2^(2^index) for index 4 is 2^16; a set bit multiplies by it.
      const factor = add(use, mul(use, bit, num(bit, 2 ** (2 ** index) - 1)), num(bit, 1));
      return mul(use, power, factor);
    },
    op(use, "full", [], { value: 1, shape: n.shape, dtype: "i32" }),
  );
}

function shift(use: Use): Value {
  const [x, n] = twoOperands(use);
  const [wide, steps] = [plain(use, x), plain(use, n)];
  const power = powerOfTwo(use, steps);
  const isLeft = use.attrs.text("direction") === "LEFT";
  return narrow(use, op(use, isLeft ? "mul" : "div", [wide, power]), x.element);
}

/** The same bits under another type; of integers alone, as no op reads the bits of a float. */
function bitCast(use: Use): Value {
  const x = operand(use, 0);
  const to = elementAttr(use, "to");
  const [from, row] = [elementRow(x.element), elementRow(to)];
  if (from.bits !== row.bits) return refuse(`it has ${from.bits} bits, expected ${row.bits}`);
  if (from.kind === "float" || row.kind === "float") return refuse("no op of the language reads the bits of a float");
  return { ...cast(use, x, dtypeOf(to)), element: to };
}

export const bitOps = defineOnnxOps({
  BitwiseAnd: bitwise("a * b", mul),
  BitwiseOr: bitwise("max(a, b)", (use, a, b) => op(use, "max", [a, b])),
  BitwiseXor: bitwise("|a - b|", (use, a, b) => op(use, "abs", [op(use, "sub", [a, b])])),
  BitwiseNot: {
    way: "rewrite",
    as: "`-1 - x`",
    make: (use) => {
      const x = operand(use, 0);
      const wide = plain(use, x);
      return [narrow(use, op(use, "sub", [num(wide, -1), wide]), x.element)];
    },
  },
  BitShift: {
    way: "rewrite",
    as: "`mul` or `div` by a power of two",
    limits: "values fit i32",
    make: (use) => [shift(use)],
  },
  BitCast: { way: "rewrite", as: "`cast` of integers", limits: "no floats", make: (use) => [bitCast(use)] },
});
