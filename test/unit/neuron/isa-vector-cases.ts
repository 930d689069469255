// Cases of the vector engine's special instructions.

import { tile } from "./isa-fixtures.ts";
import { element, fill, type InstCase, rowOf } from "./isa-special-fixtures.ts";

const f32 = Math.fround;
const [p, f] = [5, 12];
const inPsum = { memory: "psum" } as const;
const least = -3.4028234663852886e38;

/** A fold from the left, rounded to f32 after each step. */
const foldLeft = (row: readonly number[], step: (a: number, b: number) => number): number => {
  let folded = row[0] ?? Number.NaN;
  for (const x of row.slice(1)) folded = f32(step(folded, x));
  return folded;
};

const add = (a: number, b: number): number => a + b;

/** The generator's words, in 32-bit steps as Marsaglia's paper prints them. */
function xorwow(state: number[], count: number): readonly number[] {
  let [x = 0, y = 0, z = 0, w = 0, v = 0, d = 0] = state;
  const words: number[] = [];
  for (let i = 0; i < count; i++) {
    const t = x ^ (x >>> 2);
    [x, y, z, w] = [y, z, w, v];
    v = v ^ (v << 4) ^ (t ^ (t << 1));
    d = (d + 362437) | 0;
    words.push((d + v) | 0);
  }
  state.splice(0, 6, x, y, z, w, v, d);
  return words;
}

const stateTile = tile("i32", p, 6);
const fillState = (data: Float64Array): void => {
  for (let at = 0; at < data.length; at++) data[at] = ((at + 1) * 88675123) | 0;
};

export const vectorCases: readonly InstCase[] = [
  {
    name: "scalar_tensor_tensor",
    unit: "dve",
    operands: {
      dst: tile("f32", p, f),
      src: tile("f32", p, f, inPsum),
      rhs: tile("bf16", p, f),
      scalar0: tile("f32", p, 1),
    },
    values: { op0: "multiply", op1: "subtract", reverse1: true },
    expected: ({ src, rhs, scalar0 }) => ({
      dst: fill(p, f, (i, j) => f32(element(rhs, i, j) - f32(element(src, i, j) * element(scalar0, i)))),
    }),
  },
  {
    name: "tensor_tensor_scan",
    unit: "dve",
    operands: { dst: tile("f32", p, f), lhs: tile("f32", p, f), rhs: tile("f32", p, f) },
    values: { op0: "multiply", op1: "add", initial: 0.3 },
    expected: ({ lhs, rhs }) => ({
      dst: fill(p, f, (i, j) => {
        let state = f32(0.3);
        for (let q = 0; q <= j; q++) state = f32(f32(state * element(lhs, i, q)) + element(rhs, i, q));
        return state;
      }),
    }),
  },
  {
    name: "tensor_tensor_scan",
    unit: "dve",
    operands: {
      dst: tile("bf16", p, f),
      lhs: tile("f32", p, f),
      rhs: tile("f32", p, f),
      initial_column: tile("f32", p, 1),
    },
    values: { op0: "max", op1: "min" },
    expected: ({ lhs, rhs, initial_column }) => ({
      dst: fill(p, f, (i, j) => {
        let state = element(initial_column, i);
        for (let q = 0; q <= j; q++) state = Math.min(Math.max(state, element(lhs, i, q)), element(rhs, i, q));
        return state;
      }),
    }),
  },
  {
    name: "tensor_scalar_reduce",
    unit: "dve",
    operands: { dst: tile("bf16", p, f), fold: tile("f32", p, 1), src: tile("f32", p, f, inPsum) },
    values: { op0: "subtract", imm0: 0.1, reverse0: true, op1: "add" },
    expected: ({ src }) => {
      const dst = fill(p, f, (i, j) => f32(f32(0.1) - element(src, i, j)));
      return { dst, fold: fill(p, 1, (i) => foldLeft(Array.from(dst.subarray(i * f, (i + 1) * f)), add)) };
    },
  },
  {
    name: "tensor_scalar_cumulative",
    unit: "dve",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f), scalar0: tile("f32", p, 1) },
    values: { op0: "multiply", op1: "add" },
    expected: ({ src, scalar0 }) => ({
      dst: fill(p, f, (i, j) =>
        foldLeft(
          rowOf(src, i)
            .slice(0, j + 1)
            .map((x) => f32(x * element(scalar0, i))),
          add,
        ),
      ),
    }),
  },
  ...(["add", "max", "logical_or"] as const).map(
    (op): InstCase => ({
      name: "tensor_reduce",
      unit: "dve",
      operands: { dst: tile("f32", p, 3), src: tile("f32", p, f, { sizes: [3, 2, 2], strides: [16, 1, 4] }) },
      values: { op, negate: op !== "logical_or" },
      expected: ({ src }) => ({
        dst: fill(p, 3, (i, run) => {
          const [a = 0, b = 0, c = 0, d = 0] = rowOf(src, i).slice(4 * run, 4 * run + 4);
          if (op === "add") return -f32(f32(f32(a + b) + c) + d);
          return op === "max" ? -Math.max(a, b, c, d) : Number([a, b, c, d].some((x) => x !== 0));
        }),
      }),
    }),
  ),
  {
    name: "exponential",
    unit: "dve",
    operands: { dst: tile("f32", p, f), sum: tile("f32", p, 1), src: tile("f32", p, f), shift: tile("f32", p, 1) },
    expected: ({ src, shift }) => {
      const each = (i: number) => rowOf(src, i).map((x) => f32(Math.exp(f32(x - element(shift, i)))));
      return { dst: fill(p, f, (i, j) => each(i)[j] ?? 0), sum: fill(p, 1, (i) => foldLeft(each(i), add)) };
    },
  },
  {
    name: "tensor_copy_predicated",
    unit: "dve",
    operands: { dst: tile("bf16", p, f), src: tile("bf16", p, f), predicate: tile("u8", p, f) },
    prepare: ({ predicate }) =>
      predicate?.data.forEach((_x, at, data) => {
        data[at] = at % 3;
      }),
    expected: ({ dst, src, predicate }) => ({
      dst: fill(p, f, (i, j) => (element(predicate, i, j) > 0 ? element(src, i, j) : element(dst, i, j))),
    }),
  },
  {
    name: "tensor_copy_predicated",
    unit: "dve",
    operands: { dst: tile("i32", p, f), src: tile("i32", p, f), predicate: tile("bool", p, f) },
    values: { reverse: true },
    expected: ({ dst, src, predicate }) => ({
      dst: fill(p, f, (i, j) => (element(predicate, i, j) === 0 ? element(src, i, j) : element(dst, i, j))),
    }),
  },
  {
    name: "select_reduce",
    unit: "dve",
    operands: {
      dst: tile("f32", p, f),
      maximum: tile("f32", p, 1),
      src: tile("f32", p, f, inPsum),
      predicate: tile("i32", p, f),
    },
    values: { on_false: -2.5 },
    expected: ({ src, predicate }) => {
      const each = (i: number) => rowOf(src, i).map((x, j) => (element(predicate, i, j) === 0 ? -2.5 : x));
      return { dst: fill(p, f, (i, j) => each(i)[j] ?? 0), maximum: fill(p, 1, (i) => Math.max(...each(i))) };
    },
  },
  {
    name: "select_reduce",
    unit: "dve",
    operands: {
      dst: tile("f32", p, f),
      src: tile("f32", p, f),
      predicate: tile("u8", p, f),
      on_false_column: tile("f32", p, 1),
    },
    values: { reverse: true },
    expected: ({ src, predicate, on_false_column }) => ({
      dst: fill(p, f, (i, j) => (element(predicate, i, j) === 0 ? element(src, i, j) : element(on_false_column, i))),
    }),
  },
  {
    name: "range_select",
    unit: "dve",
    operands: {
      dst: tile("f32", p, f),
      maximum: tile("f32", p, 1),
      src: tile("f32", p, f, inPsum),
      bound0: tile("f32", p, 1),
      bound1: tile("f32", p, 1),
    },
    values: { compare0: "is_ge", compare1: "is_lt", start: 20 },
    prepare: ({ bound0, bound1 }) => {
      bound0?.data.set([20, 21, 25, 31, 0]);
      bound1?.data.set([32, 24, 25.5, 99, 20]);
    },
    expected: ({ src, bound0, bound1 }) => {
      const isIn = (i: number, j: number) => 20 + j >= element(bound0, i) && 20 + j < element(bound1, i);
      const each = (i: number) => rowOf(src, i).map((x, j) => (isIn(i, j) ? x : least));
      return { dst: fill(p, f, (i, j) => each(i)[j] ?? 0), maximum: fill(p, 1, (i) => Math.max(...each(i))) };
    },
  },
  {
    name: "bn_stats",
    unit: "dve",
    operands: { dst: tile("f32", p, 6), src: tile("f32", p, 7) },
    expected: ({ src }) => ({
      dst: fill(p, 6, (i, j) => {
        const x = rowOf(src, i).filter((_x, at) => at % 2 === Math.floor(j / 3));
        const mean = x.reduce(add, 0) / x.length;
        const variance = x.reduce((sum, value) => sum + (value - mean) ** 2 / x.length, 0);
        return [x.length, mean, variance * x.length][j % 3] ?? 0;
      }),
    }),
  },
  {
    name: "bn_aggr",
    unit: "dve",
    operands: { dst: tile("f32", p, 2), src: tile("f32", p, 6) },
    // The triples of the parts 1, 2 and 3, 5, 7, together 1, 2, 3, 5, 7.
    prepare: ({ src }) =>
      src?.data.forEach((_x, at, data) => {
        data[at] = [2, 1.5, 0.5, 3, 5, 8][at % 6] ?? 0;
      }),
    expected: () => ({ dst: fill(p, 2, (_i, j) => [18 / 5, (1 + 4 + 9 + 25 + 49) / 5 - (18 / 5) ** 2][j] ?? 0) }),
  },
  {
    name: "max8",
    unit: "dve",
    operands: { dst: tile("f32", p, 8), src: tile("bf16", p, f) },
    expected: ({ src }) => ({ dst: fill(p, 8, (i, j) => rowOf(src, i).sort((a, b) => b - a)[j] ?? 0) }),
  },
  {
    name: "find_index8",
    unit: "dve",
    operands: { dst: tile("i32", p, 8), src: tile("f32", p, f), values: tile("f32", p, 8) },
    prepare: ({ src, values }) => {
      for (let i = 0; i < p; i++)
        for (let j = 0; j < 7; j++) if (values) values.data[i * 8 + j] = element(src, i, 11 - j);
    },
    expected: () => ({ dst: fill(p, 8, (_i, j) => (j < 7 ? 11 - j : -1)) }),
  },
  {
    name: "match_replace8",
    unit: "dve",
    operands: { dst: tile("f32", p, f), indices: tile("i32", p, 8), src: tile("f32", p, f), values: tile("f32", p, 8) },
    values: { replacement: -9 },
    // Place 4 holds what place 1 does, which is looked for twice; the last two are not there.
    prepare: ({ src, values }) => {
      for (let i = 0; i < p; i++) {
        if (src) src.data[i * f + 4] = element(src, i, 1);
        values?.data.set(
          [1, 3, 1, 5, 7, 9].map((j) => element(src, i, j)),
          i * 8,
        );
        values?.data.set([77, 78], i * 8 + 6);
      }
    },
    expected: ({ src }) => ({
      dst: fill(p, f, (i, j) => ([1, 3, 4, 5, 7, 9].includes(j) ? -9 : element(src, i, j))),
      indices: fill(p, 8, (_i, j) => [1, 3, 4, 5, 7, 9, -1, -1][j] ?? 0),
    }),
  },
  {
    name: "stream_shuffle",
    unit: "dve",
    operands: { dst: tile("f32", 8, f), src: tile("f32", 8, f) },
    values: { lanes: [3, 0, 0, 1] },
    expected: ({ src }) => ({ dst: fill(8, f, (i, j) => element(src, [3, 0, 0, 1, 7, 4, 4, 5][i] ?? 0, j)) }),
  },
  {
    name: "stream_shuffle",
    unit: "dve",
    operands: { dst: tile("bf16", 8, f), src: tile("bf16", 8, f) },
    values: { lanes: [3, 255, 0, 255] },
    expected: ({ dst, src }) => ({
      dst: fill(8, f, (i, j) =>
        i % 2 === 1 ? element(dst, i, j) : element(src, [3, -1, 0, -1, 7, -1, 4][i] ?? -1, j),
      ),
    }),
  },
  {
    name: "vector_transpose",
    unit: "dve",
    operands: { dst: tile("bf16", f, p), src: tile("bf16", p, f) },
    expected: ({ src }) => ({ dst: fill(f, p, (i, j) => element(src, j, i)) }),
  },
  {
    name: "random_bits",
    unit: "pool",
    operands: { dst: tile("i32", p, f), state: stateTile },
    prepare: ({ state }) => fillState(state?.data ?? new Float64Array()),
    expected: ({ state }) => {
      const states = Array.from({ length: p }, (_x, i) => rowOf(state, i));
      const words = states.map((own) => xorwow(own, f));
      return { dst: fill(p, f, (i, j) => words[i]?.[j] ?? 0), state: fill(p, 6, (i, j) => states[i]?.[j] ?? 0) };
    },
  },
  {
    name: "random_bits",
    unit: "dve",
    operands: { dst: tile("i8", p, f), state: stateTile },
    prepare: ({ state }) => fillState(state?.data ?? new Float64Array()),
    expected: ({ state }) => {
      const states = Array.from({ length: p }, (_x, i) => rowOf(state, i));
      const words = states.map((own) => xorwow(own, f));
      const lowest = (word: number) => (((word % 256) + 384) % 256) - 128;
      return {
        dst: fill(p, f, (i, j) => lowest(words[i]?.[j] ?? 0)),
        state: fill(p, 6, (i, j) => states[i]?.[j] ?? 0),
      };
    },
  },
  {
    name: "dropout",
    unit: "dve",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f), state: stateTile },
    values: { probability: 0.4 },
    prepare: ({ state }) => fillState(state?.data ?? new Float64Array()),
    expected: ({ src, state }) => {
      const states = Array.from({ length: p }, (_x, i) => rowOf(state, i));
      const shares = states.map((own) => xorwow(own, f).map((word) => (word >>> 0) / 2 ** 32));
      return {
        dst: fill(p, f, (i, j) => ((shares[i]?.[j] ?? 0) < 0.4 ? 0 : element(src, i, j))),
        state: fill(p, 6, (i, j) => states[i]?.[j] ?? 0),
      };
    },
  },
];
