// Cases of the general engine's instructions that look for elements.
import type { Block } from "../../../targets/neuron/isa/define.ts";
import { tile } from "./isa-fixtures.ts";
import { element, fill, type InstCase, rowOf } from "./isa-special-fixtures.ts";

const size = 16;

/** The elements of a group of partitions in the order of the snake: down a column, then down the next one. */
function snake(src: Block | undefined, group: number, n: number): readonly number[] {
  const elements: number[] = [];
  for (let j = 0; elements.length < n; j++) {
    for (let i = 0; i < size && elements.length < n; i++) elements.push(element(src, group * size + i, j));
  }
  return elements;
}

/** Takes the largest element away k times, the first of equal ones; gives them and their places, the last found first. */
function largest(elements: readonly number[], k: number): readonly { readonly x: number; readonly at: number }[] {
  const left: (number | undefined)[] = [...elements];
  const found: { x: number; at: number }[] = [];
  for (let turn = 0; turn < k; turn++) {
    let at = -1;
    for (const [i, x] of left.entries()) if (x !== undefined && (at < 0 || x > (left[at] ?? 0))) at = i;
    found.unshift({ x: left[at] ?? Number.NaN, at });
    left[at] = undefined;
  }
  return found;
}

function topCase(n: number, k: number, columns: number): InstCase {
  const width = Math.ceil(k / size);
  return {
    name: "topk",
    unit: "pool",
    operands: {
      values: tile("bf16", 2 * size, width),
      indices: tile("i32", 2 * size, width),
      src: tile("bf16", 2 * size, columns),
    },
    values: { n, k, group: size },
    // Many are equal, and what lies after the n elements is larger than all of them.
    prepare: ({ src }) =>
      src?.data.forEach((x, at, data) => {
        const place = (Math.floor(at / columns) % size) + size * (at % columns);
        data[at] = place < n ? Math.round(x * 4) : 1000;
      }),
    expected: ({ src }) => {
      const found = [0, 1].map((group) => largest(snake(src, group, n), k));
      const each = (i: number, j: number) => found[Math.floor(i / size)]?.[j * size + (i % size)];
      return {
        values: fill(2 * size, width, (i, j) => each(i, j)?.x ?? Number.NaN),
        indices: fill(2 * size, width, (i, j) => each(i, j)?.at ?? -1),
      };
    },
  };
}

const nonzero = (dtype: "f32" | "i32"): InstCase => ({
  name: "nonzero_with_count",
  unit: "pool",
  operands: { dst: tile("i32", 2 * size + 1, 9), src: tile(dtype, 2 * size + 1, 8) },
  values: { group: size, index_offset: 100, padding: -7 },
  prepare: ({ dst, src }) => {
    src?.data.fill(0);
    src?.data.set([0, 1, 1, 0, 0, -5, 0, 0]);
    src?.data.set([3, 3, 3, 3, 3, 3, 3, 3], 8 * size);
    src?.data.set([9, 9], 8);
    if (dtype === "f32") src?.data.set([-0, Number.NaN], 6);
    dst?.data.forEach((_x, at, data) => {
      data[at] = 1000 + at;
    });
  },
  expected: ({ dst }) => ({
    dst: fill(2 * size + 1, 9, (i, j) => {
      if (i === 0 && dtype === "f32") return [101, 102, 105, 107, -7, -7, -7, -7, 4][j] ?? 0;
      if (i === 0) return [101, 102, 105, -7, -7, -7, -7, -7, 3][j] ?? 0;
      if (i === size) return j < 8 ? 100 + j : 8;
      return i === 2 * size ? (j < 8 ? -7 : 0) : element(dst, i, j);
    }),
  }),
});

const bounds = (dtype: "f32" | "i32", ids: readonly number[]): InstCase => ({
  name: "sequence_bounds",
  unit: "pool",
  operands: { dst: tile(dtype === "f32" ? "i32" : "f32", 1, 2 * ids.length), segments: tile(dtype, 1, ids.length) },
  prepare: ({ segments }) => segments?.data.set(ids),
  expected: ({ segments }) => {
    const id = rowOf(segments, 0);
    const n = id.length;
    const isRun = (from: number, to: number): boolean => id.slice(from, to + 1).every((x) => x === id[to]);
    const start = (i: number): number => [...id.keys()].find((from) => from <= i && isRun(from, i)) ?? -1;
    const end = (i: number): number => {
      let to = i;
      while (to < n && id[to] === id[i]) to++;
      return to;
    };
    return {
      dst: fill(1, 2 * n, (_i, j) => {
        if (id[j % n] === 0) return j < n ? n : -1;
        return j < n ? start(j) : end(j % n);
      }),
    };
  },
});

export const searchCases: readonly InstCase[] = [
  topCase(42, 21, 3),
  topCase(32, 32, 4),
  topCase(8, 1, 1),
  nonzero("f32"),
  nonzero("i32"),
  bounds("i32", [1, 1, 1, 0, 0, 7, 7, 3, 0, 3, 2 ** 24 + 1, 2 ** 24]),
  bounds("f32", [0, 0, 5, 5, 5]),
  bounds("f32", [4]),
];
