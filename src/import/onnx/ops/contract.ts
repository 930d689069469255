// Rows of ONNX ops that are products: MatMul, Gemm, Einsum and their integer forms.

import { isFloat } from "../../../../ir-spec/base/dtype.ts";
import { refuse } from "../refuse.ts";
import {
  allOperands,
  broadcast,
  cast,
  op,
  operand,
  reshape,
  scalar,
  transpose,
  twoOperands,
  type Use,
} from "../use.ts";
import { countOf, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { narrow } from "./integers.ts";

/** A product whose operands may have rank 1; integers are multiplied in f32, which is exact as far as sums stay below 2^24. */
export function matmul(use: Use, lhs: Value, rhs: Value): Value {
  const left = lhs.shape.length === 1 ? reshape(use, lhs, [1, ...lhs.shape]) : lhs;
  const right = rhs.shape.length === 1 ? reshape(use, rhs, [...rhs.shape, 1]) : rhs;
  const product = op(use, "matmul", [left, right]);
  const rank = product.shape.length;
  const shape = product.shape.filter(
    (_size, axis) => !(lhs.shape.length === 1 && axis === rank - 2) && !(rhs.shape.length === 1 && axis === rank - 1),
  );
  return reshape(use, product, shape);
}

function matmulOp(use: Use): Value {
  const [lhs, rhs] = twoOperands(use);
  if (isFloat(lhs.dtype)) return { ...matmul(use, lhs, rhs), element: lhs.element };
  return narrow(use, cast(use, matmul(use, cast(use, lhs, "f32"), cast(use, rhs, "f32")), "i32"), lhs.element);
}

function gemm(use: Use): Value {
  const [a, b, c] = [operand(use, 0), operand(use, 1), use.operands[2]];
  const [alpha, beta] = [use.attrs.float("alpha", 1), use.attrs.float("beta", 1)];
  const attrs = { transpose_lhs: use.attrs.flag("transA", false), transpose_rhs: use.attrs.flag("transB", false) };
  const [wideA, wideB] = [a, b].map((value) => (isFloat(value.dtype) ? value : cast(use, value, "f32"))) as [
    Value,
    Value,
  ];
  const product = op(use, "matmul", [wideA, wideB], attrs);
  const scaled = alpha === 1 ? product : op(use, "mul", [product, scalar(alpha, product)]);
  if (c === undefined || beta === 0) return narrow(use, scaled, a.element);
  const wideC = cast(use, c, product.dtype);
  const added = op(use, "add", [scaled, beta === 1 ? wideC : op(use, "mul", [wideC, scalar(beta, wideC)])]);
  return narrow(use, added, a.element);
}

interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

/** Letters for the dimensions of an ellipsis, which no equation has. */
const ellipsisLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Source: ONNX Einsum-12, after NumPy: without an arrow the result has the letters that appear once, in order. */
function readEquation(text: string, ranks: readonly number[]): Equation {
  const [left = "", right] = text.replace(/\s/g, "").split("->");
  if (!/^[A-Za-z.,]*$/.test(left + (right ?? ""))) return refuse(`its equation ${text} cannot be read`);
  const expand = (term: string, rank: number): string => {
    const letters = term.replace("...", "");
    const open = rank - letters.length;
    if (open < 0 || (open > 0 && !term.includes("...")))
      return refuse(`${term} of its equation does not fit ${rank} dimensions`);
    return term.replace("...", [...ellipsisLetters].slice(26 - open).join(""));
  };
  const terms = left.split(",");
  if (terms.length !== ranks.length)
    return refuse(`its equation has ${terms.length} terms for ${ranks.length} operands`);
  const inputs = terms.map((term, index) => expand(term, ranks[index]!));
  const all = inputs.join("");
  const open = Math.max(...terms.map((term, index) => (term.includes("...") ? ranks[index]! - (term.length - 3) : 0)));
  const dots = [...ellipsisLetters].slice(26 - open).join("");
  const once = [...new Set(all)].filter((letter) => all.split(letter).length === 2 && !dots.includes(letter)).sort();
  return { inputs, output: right === undefined ? dots + once.join("") : right.replace("...", dots) };
}

interface Term {
  readonly value: Value;
  readonly letters: string;
}

/** A repeated letter is a diagonal: the elements where both indices are equal. */
function takeDiagonals(use: Use, term: Term): Term {
  const again = [...term.letters].findIndex((letter, axis) => term.letters.indexOf(letter) !== axis);
  if (again < 0) return term;
  const { value } = term;
  const first = term.letters.indexOf(term.letters[again]!);
  const [row, column] = [first, again].map((axis) =>
    op(use, "iota", [], { shape: value.shape, axis, dtype: "i32" }),
  ) as [Value, Value];
  const kept = op(use, "where", [op(use, "equal", [row, column]), value, scalar(0, value)]);
  const diagonal = op(use, "reduce_sum", [kept], { axes: [again], keepdims: false });
  return takeDiagonals(use, { value: diagonal, letters: term.letters.slice(0, again) + term.letters.slice(again + 1) });
}

/** Sums over the letters that nobody else has. */
function sumAlone(use: Use, { value, letters }: Term, kept: string): Term {
  const axes = [...letters].flatMap((letter, axis) => (kept.includes(letter) ? [] : [axis]));
  if (axes.length === 0) return { value, letters };
  return {
    value: op(use, "reduce_sum", [value], { axes, keepdims: false }),
    letters: [...letters].filter((letter) => kept.includes(letter)).join(""),
  };
}

/** Two terms as one batched product; `kept` are the letters that are read later. */
function multiply(use: Use, a: Term, b: Term, kept: string): Term {
  const left = sumAlone(use, a, kept + b.letters);
  const right = sumAlone(use, b, kept + a.letters);
  const shared = [...left.letters].filter((letter) => right.letters.includes(letter));
  const batch = shared.filter((letter) => kept.includes(letter));
  const summed = shared.filter((letter) => !kept.includes(letter));
  const rows = [...left.letters].filter((letter) => !shared.includes(letter));
  const columns = [...right.letters].filter((letter) => !shared.includes(letter));
  const sizes = new Map([...[...left.letters].map((letter, axis) => [letter, left.value.shape[axis]!] as const)]);
  for (const [axis, letter] of [...right.letters].entries())
    sizes.set(letter, Math.max(sizes.get(letter) ?? 1, right.value.shape[axis]!));
  const shapeOf = (letters: readonly string[]): readonly number[] => letters.map((letter) => sizes.get(letter)!);
  const countLetters = (letters: readonly string[]): number => countOf({ shape: shapeOf(letters) });
  const arrange = ({ value, letters }: Term, groups: readonly (readonly string[])[]): Value => {
    const order = groups.flat();
    const moved = transpose(
      use,
      value,
      order.map((letter) => letters.indexOf(letter)),
    );
    return reshape(use, broadcast(use, moved, shapeOf(order)), groups.map(countLetters));
  };
  const product = op(use, "matmul", [arrange(left, [batch, rows, summed]), arrange(right, [batch, summed, columns])]);
  const letters = [...batch, ...rows, ...columns];
  return { value: reshape(use, product, shapeOf(letters)), letters: letters.join("") };
}

function einsum(use: Use): Value {
  const operands = allOperands(use);
  const { element } = operands[0]!;
  const { inputs, output } = readEquation(
    use.attrs.text("equation"),
    operands.map(({ shape }) => shape.length),
  );
  const floats = operands.map((value) => (isFloat(value.dtype) ? value : cast(use, value, "f32")));
  const terms = floats.map((value, index) => takeDiagonals(use, { value, letters: inputs[index]! }));
  const product = terms.slice(1).reduce((left, right, index) => {
    const later = terms
      .slice(index + 2)
      .map(({ letters }) => letters)
      .join("");
    return multiply(use, left, right, output + later);
  }, terms[0]!);
  const { value, letters } = sumAlone(use, product, output);
  if ([...output].some((letter) => !letters.includes(letter)))
    return refuse("its result has a letter that no operand has");
  return narrow(
    use,
    transpose(
      use,
      value,
      [...output].map((letter) => letters.indexOf(letter)),
    ),
    element,
  );
}

/** Products of 8-bit integers are below 2^16, and sums of fewer than 2^8 of them are exact in f32; longer ones are cut into parts. */
const exactSums = 2 ** 8;

/** A product of integers that are held in f32, as i32. */
export function exactProduct(use: Use, lhs: Value, rhs: Value): Value {
  const k = lhs.shape.at(-1)!;
  if (k <= exactSums || lhs.shape.length < 2 || rhs.shape.length < 2) return cast(use, matmul(use, lhs, rhs), "i32");
  const parts = Array.from({ length: Math.ceil(k / exactSums) }, (_unused, index) => {
    const bounds = { starts: [index * exactSums], ends: [Math.min(k, (index + 1) * exactSums)] };
    const left = op(use, "slice", [lhs], { ...bounds, axes: [lhs.shape.length - 1] });
    const right = op(use, "slice", [rhs], { ...bounds, axes: [rhs.shape.length - 2] });
    return cast(use, op(use, "matmul", [left, right]), "i32");
  });
  return parts.reduce((sum, part) => op(use, "add", [sum, part]));
}

/** Takes a zero point off integers, in f32, where they are exact; one for each row or column is a column or a row. */
export function withoutZero(use: Use, value: Value, zero: Value | undefined, isPerRow = false): Value {
  const wide = { ...cast(use, value, "f32"), element: "FLOAT" } as const;
  if (zero === undefined) return wide;
  const point = cast(use, zero, "f32");
  const isList = isPerRow && point.shape.length === 1 && countOf(point) > 1;
  return op(use, "sub", [
    wide,
    isList ? reshape(use, point, [...point.shape, 1]) : countOf(point) === 1 ? reshape(use, point, []) : point,
  ]);
}

function matmulInteger(use: Use): Value {
  const [a, b] = [operand(use, 0), operand(use, 1)];
  const product = exactProduct(use, withoutZero(use, a, use.operands[2], true), withoutZero(use, b, use.operands[3]));
  return { ...product, element: "INT32" };
}

export const contractOps = defineOnnxOps({
  MatMul: { way: "op", as: "`matmul`", versions: { 13: "bf16" }, make: (use) => [matmulOp(use)] },
  Gemm: { way: "op", as: "`matmul`, `mul`, `add`", versions: { 13: "bf16" }, make: (use) => [gemm(use)] },
  Einsum: {
    way: "rewrite",
    as: "`transpose`, `reshape` and `matmul` for each pair of operands",
    make: (use) => [einsum(use)],
  },
  MatMulInteger: {
    way: "rewrite",
    as: "`matmul` in f32 of at most 256 terms, which is exact, and sums in i32",
    make: (use) => [matmulInteger(use)],
  },
});
