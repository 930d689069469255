// Cases of the operators that only instructions have: on the bits of integers, by magnitude, and of one operand. Bits
// are worked on one by one in what is expected, so that nothing is said in the table's words.
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { Block } from "../../../targets/neuron/isa/define.ts";
import { tile } from "./isa-fixtures.ts";
import { element, fill, type InstCase, rowOf } from "./isa-special-fixtures.ts";

const f32 = Math.fround;
const [p, f] = [5, 12];
const widths = { i32: 32, i8: 8, u8: 8 } as const satisfies Partial<Readonly<Record<Dtype, number>>>;
type Whole = keyof typeof widths;

/** The bits of an integer, the lowest first. */
const bitsOf = (x: number, width: number): readonly boolean[] =>
  Array.from({ length: width }, (_x, i) => Math.floor(x / 2 ** i) % 2 !== 0);

/** The number that bits stand for: in signed dtypes the highest one counts negative. */
function numberOf(bits: readonly boolean[], dtype: Whole): number {
  let sum = 0;
  for (const [i, bit] of bits.entries()) sum += bit ? (i === widths[dtype] - 1 && dtype !== "u8" ? -1 : 1) * 2 ** i : 0;
  return sum;
}

type BitOperator = (x: readonly boolean[], y: readonly boolean[], place: number, count: number) => boolean;

/** What bit `place` of the result is; `count` is the second operand without its sign. */
const bitOperators: Readonly<Record<string, BitOperator>> = {
  bitwise_and: (x, y, i) => x[i] === true && y[i] === true,
  bitwise_or: (x, y, i) => x[i] === true || y[i] === true,
  bitwise_xor: (x, y, i) => x[i] !== y[i],
  logical_shift_left: (x, _y, i, count) => x[i - count] === true,
  logical_shift_right: (x, _y, i, count) => x[i + count] === true,
  bitwise_not: (x, _y, i) => x[i] !== true,
};

function onBits(name: string, dtype: Whole, x: number, y: number): number {
  const operator = bitOperators[name];
  const width = widths[dtype];
  const [left, right] = [bitsOf(x, width), bitsOf(y, width)];
  const count = right.reduce((sum, bit, i) => sum + (bit ? 2 ** i : 0), 0);
  return numberOf(
    left.map((_bit, i) => operator?.(left, right, i, count) === true),
    dtype,
  );
}

/** Fills with integers that use all bits; with `count`, with numbers of places from 0 to beyond the width. */
function fillWhole(block: Block | undefined, dtype: Whole, seed: number, isCount = false): void {
  block?.data.forEach((_x, at, data) => {
    const word = ((at + seed) * 2654435761) % 2 ** 32;
    data[at] = isCount ? (at * 3) % (widths[dtype] + 3) : numberOf(bitsOf(word, widths[dtype]), dtype);
  });
  if (block !== undefined && isCount && dtype !== "u8") block.data[0] = -1;
}

const binaryBits = Object.keys(bitOperators).filter((name) => name !== "bitwise_not");
const isShift = (name: string): boolean => name.includes("shift");

const bitTensors = (Object.keys(widths) as readonly Whole[]).flatMap((dtype) =>
  binaryBits.map(
    (op): InstCase => ({
      name: "tensor_tensor",
      unit: "dve",
      operands: { dst: tile(dtype, p, f), lhs: tile(dtype, p, f, { memory: "psum" }), rhs: tile(dtype, p, f) },
      values: { op },
      prepare: ({ lhs, rhs }) => {
        fillWhole(lhs, dtype, 1);
        fillWhole(rhs, dtype, 7, isShift(op));
      },
      expected: ({ lhs, rhs }) => ({
        dst: fill(p, f, (i, j) => onBits(op, dtype, element(lhs, i, j), element(rhs, i, j))),
      }),
    }),
  ),
);

const bitScalars = (Object.keys(widths) as readonly Whole[]).flatMap((dtype): readonly InstCase[] => [
  {
    name: "tensor_scalar",
    unit: "dve",
    operands: { dst: tile(dtype, p, f), src: tile(dtype, p, f), scalar1: tile(dtype, p, 1) },
    values: { op0: "logical_shift_right", imm0: 3, op1: "bitwise_xor" },
    prepare: ({ src, scalar1 }) => {
      fillWhole(src, dtype, 3);
      fillWhole(scalar1, dtype, 5);
    },
    expected: ({ src, scalar1 }) => ({
      dst: fill(p, f, (i, j) => {
        const shifted = onBits("logical_shift_right", dtype, element(src, i, j), 3);
        return onBits("bitwise_xor", dtype, shifted, element(scalar1, i));
      }),
    }),
  },
  {
    name: "tensor_scalar",
    unit: "dve",
    operands: { dst: tile(dtype, p, f), src: tile(dtype, p, f) },
    values: { op0: "bitwise_not", op1: "logical_shift_left", imm1: 1, reverse1: true },
    prepare: ({ src }) => {
      fillWhole(src, dtype, 0, true);
      // The places to shift by are what is left of the numbers when their bits are turned round.
      src?.data.set(src.data.map((x) => onBits("bitwise_not", dtype, x, 0)));
    },
    expected: ({ src }) => ({
      dst: fill(p, f, (i, j) =>
        onBits("logical_shift_left", dtype, 1, onBits("bitwise_not", dtype, element(src, i, j), 0)),
      ),
    }),
  },
  {
    name: "tensor_scalar",
    unit: "dve",
    operands: { dst: tile(dtype, p, f), src: tile(dtype, p, f) },
    values: { op0: "bitwise_and", imm0: 0xffffff0f },
    prepare: ({ src }) => fillWhole(src, dtype, 11),
    expected: ({ src }) => ({
      dst: fill(p, f, (i, j) => onBits("bitwise_and", dtype, element(src, i, j), 0xffffff0f)),
    }),
  },
]);

const bitFolds = (Object.keys(widths) as readonly Whole[]).flatMap((dtype) =>
  ["bitwise_and", "bitwise_or", "bitwise_xor"].flatMap((op): readonly InstCase[] => {
    const folded = (numbers: readonly number[]): number =>
      numbers.slice(1).reduce((x, y) => onBits(op, dtype, x, y), numbers[0] ?? Number.NaN);
    // Few bits are set in all, and few are missing in all.
    const prepare: InstCase["prepare"] = ({ src }) =>
      src?.data.forEach((_x, at, data) => {
        const word = onBits(
          op === "bitwise_and" ? "bitwise_or" : "bitwise_and",
          dtype,
          (at * 2654435761) % 2 ** 32,
          52,
        );
        data[at] = at % f === 0 || op !== "bitwise_or" ? word : 1;
      });
    return [
      {
        name: "tensor_reduce",
        unit: "dve",
        operands: { dst: tile(dtype, p, 1), src: tile(dtype, p, f) },
        values: { op },
        prepare,
        expected: ({ src }) => ({ dst: fill(p, 1, (i) => folded(rowOf(src, i))) }),
      },
      {
        name: "partition_reduce",
        unit: "pool",
        operands: { dst: tile(dtype, 1, f), src: tile(dtype, p, f) },
        values: { op },
        prepare,
        expected: ({ src }) => ({
          dst: fill(1, f, (_i, j) => folded([0, 1, 2, 3, 4].map((i) => element(src, i, j)))),
        }),
      },
    ];
  }),
);

const further = (a: number, b: number): number => (a * a > b * b ? a : b);
const nearer = (a: number, b: number): number => (a * a < b * b ? a : b);
const truth = (holds: boolean): number => (holds ? 1 : 0);

/** Folds that are not those of tile ops. */
const folds: Readonly<Record<string, (a: number, b: number) => number>> = {
  subtract: (a, b) => f32(a - b),
  logical_and: (a, b) => truth(a !== 0 && b !== 0),
  logical_or: (a, b) => truth(a !== 0 || b !== 0),
  logical_xor: (a, b) => truth((a !== 0) !== (b !== 0)),
  abs_max: further,
  abs_min: nearer,
};

const arithmeticFolds = Object.entries(folds).map(
  ([op, step]): InstCase => ({
    name: "tensor_reduce",
    unit: "dve",
    operands: { dst: tile("f32", p, 1), src: tile("bf16", p, f) },
    values: { op },
    // Zeros, so that the logical ones can be false, and equal magnitudes.
    prepare: ({ src }) =>
      src?.data.forEach((x, at, data) => {
        if (at % 5 === 0 || (op.startsWith("logical") && at < f)) data[at] = 0;
        if (at % 7 === 3) data[at] = -(data[at - 1] ?? x);
      }),
    expected: ({ src }) => ({
      dst: fill(p, 1, (i) => {
        const [first = Number.NaN, ...rest] = rowOf(src, i);
        return rest.reduce(step, first);
      }),
    }),
  }),
);

const unaries: Readonly<Record<string, (x: number) => number>> = {
  abs: (x) => (x < 0 ? -x : x),
  square: (x) => x * x,
  relu: (x) => (x + Math.abs(x)) / 2,
  rsqrt: (x) => x ** -0.5,
  reciprocal: (x) => x ** -1,
};

const ofOne = Object.entries(unaries).map(
  ([op1, each]): InstCase => ({
    name: "tensor_scalar",
    unit: "dve",
    operands: { dst: tile("f32", p, f), src: tile("bf16", p, f), scalar0: tile("f32", p, 1) },
    values: { op0: op1 === "rsqrt" ? "max" : "subtract", op1 },
    prepare: ({ scalar0 }) => scalar0?.data.fill(0.25),
    expected: ({ src }) => ({
      dst: fill(p, f, (i, j) => {
        const x = element(src, i, j);
        return f32(each(op1 === "rsqrt" ? Math.max(x, 0.25) : f32(x - 0.25)));
      }),
    }),
  }),
);

const arithmeticCases: readonly InstCase[] = [
  ...arithmeticFolds,
  ...ofOne,
  ...(["abs_max", "abs_min"] as const).map(
    (op): InstCase => ({
      name: "tensor_tensor",
      unit: "dve",
      operands: { dst: tile("f32", p, f), lhs: tile("bf16", p, f), rhs: tile("bf16", p, f) },
      values: { op },
      prepare: ({ lhs, rhs }) => {
        lhs?.data.set([2, -2, Number.NaN, 1, -0, Number.NEGATIVE_INFINITY]);
        rhs?.data.set([-2, 2, 1, Number.NaN, 0, 3]);
      },
      expected: ({ lhs, rhs }) => ({
        dst: fill(p, f, (i, j) => (op === "abs_max" ? further : nearer)(element(lhs, i, j), element(rhs, i, j))),
      }),
    }),
  ),
  {
    name: "tensor_scalar",
    unit: "pool",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f) },
    values: { op0: "add", imm0: 4.5, op1: "rsqrt" },
    expected: ({ src }) => ({ dst: fill(p, f, (i, j) => f32(1 / Math.sqrt(f32(element(src, i, j) + 4.5)))) }),
  },
  {
    name: "tensor_scalar_reduce",
    unit: "dve",
    operands: { dst: tile("bf16", p, f), fold: tile("f32", p, 1), src: tile("f32", p, f) },
    values: { op0: "abs", op1: "max" },
    expected: ({ src }) => ({
      dst: fill(p, f, (i, j) => Math.abs(element(src, i, j))),
      fold: fill(p, 1, (i) => Math.max(...rowOf(src, i).map(Math.abs))),
    }),
  },
  {
    name: "tensor_scalar_cumulative",
    unit: "dve",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f) },
    values: { op0: "multiply", imm0: 2, op1: "subtract" },
    expected: ({ src }) => ({
      dst: fill(p, f, (i, j) => {
        let state = f32(2 * element(src, i, 0));
        for (let q = 1; q <= j; q++) state = f32(f32(2 * element(src, i, q)) - state);
        return state;
      }),
    }),
  },
];

export const operatorCases: readonly InstCase[] = [...bitTensors, ...bitScalars, ...bitFolds, ...arithmeticCases];

const withDtype = (cases: readonly InstCase[], dtype: Dtype): readonly InstCase[] =>
  cases.filter(({ operands }) => operands.dst?.dtype === dtype);

/** Those beside which the others only have another dtype: for what takes long. */
export const fewOperatorCases: readonly InstCase[] = [
  ...withDtype([...bitTensors, ...bitFolds], "i8"),
  ...withDtype(bitScalars, "u8"),
  ...withDtype(bitScalars, "i32"),
  ...arithmeticCases,
];
