// Elementwise rows on the bits of integers, in two's complement.

import type { Dtype } from "../base/dtype.ts";
import { binary, type ElementwiseText, unary } from "./elementwise-makers.ts";

const integers: readonly Dtype[] = ["i32", "i8", "u8"];
/** Without i8, whose bits are not those of its number in 32 bits. */
const words: readonly Dtype[] = ["i32", "u8"];

const onBits = (text: ElementwiseText, compute: (x: number, y: number) => number, dtypes = integers) =>
  binary(text, { dtypes }, compute);

/** A shift by no count of bits from 0 to 31 leaves none. */
const isCount = (y: number): boolean => y >= 0 && y < 32;

export const bitOps = {
  bitwise_and: onBits(
    {
      summary: "bits that both have",
      formula: "x and y, bit by bit",
      facts: { commutes: true, mayBeExact: true, jumps: true },
      source: "ONNX BitwiseAnd-18",
      call: "bitwise_and(x, y)",
    },
    (x, y) => x & y,
  ),
  bitwise_or: onBits(
    {
      summary: "bits that one has",
      formula: "x or y, bit by bit",
      facts: { commutes: true, mayBeExact: true, jumps: true },
      source: "ONNX BitwiseOr-18",
      call: "bitwise_or(x, y)",
    },
    (x, y) => x | y,
  ),
  bitwise_xor: onBits(
    {
      summary: "bits that exactly one has",
      formula: "x xor y, bit by bit",
      facts: { commutes: true, mayBeExact: true, jumps: true },
      source: "ONNX BitwiseXor-18",
      call: "bitwise_xor(x, y)",
    },
    (x, y) => x ^ y,
  ),
  shift_left: onBits(
    {
      summary: "bits moved up",
      formula: "x * 2^y, without the bits that do not fit",
      more: "0 where y is negative, or not below the width.",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX BitShift-11, LEFT; StableHLO shift_left",
      call: "shift_left(x, y)",
    },
    (x, y) => (isCount(y) ? x << y : 0),
    words,
  ),
  shift_right_logical: onBits(
    {
      summary: "bits moved down, zeros in front",
      formula: "the bits of x as an unsigned number / 2^y, the fraction cut off",
      more: "0 where y is negative, or not below the width.",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX BitShift-11, RIGHT; StableHLO shift_right_logical",
      call: "shift_right_logical(x, y)",
    },
    (x, y) => (isCount(y) ? x >>> y : 0),
    words,
  ),
  bitwise_not: unary(
    {
      summary: "the other bits",
      formula: "not x, bit by bit",
      facts: { mayBeExact: true, jumps: true },
      source: "ONNX BitwiseNot-18",
      call: "bitwise_not(x)",
    },
    { dtypes: integers, attrs: {} },
    (x) => ~x,
  ),
};
