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
import { narrow, widen } from "./integers.ts";
import { asMatrices, multiplyMatrices, multiplyQuantized, swapLast } from "./products.ts";

function matmulOp(use: Use): Value {
  const [lhs, rhs] = twoOperands(use);
  return narrow(
    use,
    asMatrices(use, [lhs, rhs], (left, right) => multiplyMatrices(use, left, right)),
    lhs.element,
  );
}

/** A factor of a product: a float as it is, of integers one that is an integer, too. */
function scaleBy(use: Use, value: Value, name: "alpha" | "beta"): Value {
  const factor = use.attrs.float(name, 1);
  if (factor === 1) return value;
  if (!isFloat(value.dtype) && !Number.isInteger(factor)) return refuse(`its ${name} of ${factor} is no integer`);
  return op(use, "mul", [value, scalar(factor, value)]);
}

function gemm(use: Use): Value {
  const [a, b, c] = [operand(use, 0), operand(use, 1), use.operands[2]];
  const [transposeA, transposeB] = [use.attrs.flag("transA", false), use.attrs.flag("transB", false)];
  const product = isFloat(a.dtype)
    ? op(use, "matmul", [a, b], { transpose_lhs: transposeA, transpose_rhs: transposeB })
    : multiplyMatrices(use, transposeA ? swapLast(use, a) : a, transposeB ? swapLast(use, b) : b);
  const scaled = scaleBy(use, product, "alpha");
  if (c === undefined || use.attrs.float("beta", 1) === 0) return narrow(use, scaled, a.element);
  const added = op(use, "add", [scaled, scaleBy(use, cast(use, c, product.dtype), "beta")]);
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
  const [lhs, rhs] = [arrange(left, [batch, rows, summed]), arrange(right, [batch, summed, columns])];
  const product = multiplyMatrices(use, lhs, rhs);
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
  const wide = operands.map((value) => widen(use, value));
  const terms = wide.map((value, index) => takeDiagonals(use, { value, letters: inputs[index]! }));
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

function matmulInteger(use: Use): Value {
  const [lhs, rhs] = twoOperands(use);
  return multiplyQuantized(use, { value: lhs, zero: use.operands[2] }, { value: rhs, zero: use.operands[3] });
}

export const contractOps = defineOnnxOps({
  MatMul: {
    way: "op",
    as: "`matmul`; of integers `mul` and `reduce_sum`",
    versions: { 13: "bf16" },
    make: (use) => [matmulOp(use)],
  },
  Gemm: { way: "op", as: "as MatMul, `mul`, `add`", versions: { 13: "bf16" }, make: (use) => [gemm(use)] },
  Einsum: {
    way: "rewrite",
    as: "`transpose`, `reshape` and a product as MatMul for each pair of operands",
    make: (use) => [einsum(use)],
  },
  MatMulInteger: {
    way: "op",
    as: "`matmul_integer`",
    make: (use) => [matmulInteger(use)],
  },
});
