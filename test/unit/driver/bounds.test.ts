// The bounds at their edges: what one large element hides, what f32 has no room for, what may be flushed, what adds up one way.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { caseOfText, compareWith, makeNoisyCase } from "../../bounds/noisy.ts";

/** Compares a changed copy of what the reference gives for `output`. */
function compareChanged(
  text: string,
  set: Readonly<Record<string, Readonly<Record<number, number>>>>,
  output: string,
  change: (data: Float64Array) => void,
) {
  const { graph, inputs } = caseOfText(text, set);
  const { reference } = makeNoisyCase(graph, inputs, false);
  const { rounded } = reference.get(output) as { readonly rounded: Tensor };
  const changed = { ...rounded, data: Float64Array.from(rounded.data) };
  change(changed.data);
  return compareWith(reference, output, changed);
}

const list = (values: readonly number[]): Readonly<Record<number, number>> => ({ ...values });
const oneToTwentyFour = Array.from({ length: 24 }, (_, index) => index + 1);

describe("a large element widens no bound but its own", () => {
  test.each([
    ["an outlier of 1e30", `b = transpose(x, perm=[2, 0, 1]) * 3.3`, { x: list([1e30, ...oneToTwentyFour.slice(1)]) }],
    ["a mask of -3e38", `b = transpose(x, perm=[2, 0, 1]) + m`, { x: list(oneToTwentyFour), m: { 0: -3e38, 1: -1e9 } }],
  ])("%s: 18 of 24 elements that are wrong are found", (_what, body, set) => {
    const text = `graph g(x: f32[2, 3, 4], m: f32[4, 2, 3]) -> (b: f32[4, 2, 3]) { ${body} }`;
    const wrong = compareChanged(text, set, "b", (data) => {
      for (let index = 2; index < 20; index++) data[index] = data[index]! * 1.0001;
    });
    expect(wrong).toMatchObject({ agree: false, differingElements: 18, uncheckedElements: 0 });
  });
});

test("the bound of a sine is that of its argument's error, and never passes what a sine can give", () => {
  const text = `graph g(x: f32[4]) -> (s: f32[4]) { s = sin(x) }`;
  const set = { x: list([1, 1e8, 1e30, 0.5]) };
  expect(compareChanged(text, set, "s", (data) => data.fill(0.9, 1, 2))).toMatchObject({ differingElements: 1 });
  const far = `graph g(x: f32[4], z: f32[4]) -> (s: f32[4]) { s = sin(x * z * 1e6) }`;
  const anything = compareChanged(far, { x: list([1e3, 1e3, 1e3, 1e3]) }, "s", (data) => data.fill(0.5));
  expect(anything.agree).toBe(true);
  expect(compareChanged(far, {}, "s", (data) => data.fill(1.01, 0, 1)).agree).toBe(false);
});

test("where f32 may overflow on the way anything passes, is counted, and hides nothing else", () => {
  const text = `graph g(x: f32[2, 4]) -> (s: f32[2, 1], y: f32[2, 4]) {
    s = reduce_sum(x, axes=[1])
    y = x * 0.5
  }`;
  const set = { x: list([3e38, 3e38, -3e38, -3e38, 1, 2, 3, 4]) };
  const overflown = compareChanged(text, set, "s", (data) => data.fill(Number.POSITIVE_INFINITY, 0, 1));
  expect(overflown).toMatchObject({ agree: true, uncheckedElements: 1 });
  expect(compareChanged(text, set, "s", (data) => data.fill(11, 1, 2)).agree).toBe(false);
  expect(compareChanged(text, set, "y", (data) => data.fill(1, 5, 6))).toMatchObject({ agree: true });
  expect(compareChanged(text, set, "y", (data) => data.fill(1.001, 5, 6)).agree).toBe(false);
});

test("what certainly overflows is infinite, with its sign", () => {
  const text = `graph g(x: f32[4]) -> (y: f32[4]) { y = x * 3.3 }`;
  const set = { x: list([3e38, -3e38, 1, 2]) };
  expect(compareChanged(text, set, "y", () => {}).agree).toBe(true);
  expect(compareChanged(text, set, "y", (data) => data.fill(3.4e38, 0, 1)).agree).toBe(false);
  expect(compareChanged(text, set, "y", (data) => data.fill(Number.POSITIVE_INFINITY, 1, 2)).agree).toBe(false);
  expect(compareChanged(text, set, "y", (data) => data.fill(Number.NaN, 0, 1)).agree).toBe(false);
});

test("subnormal numbers may be flushed, and what hangs on them may jump; others not", () => {
  const text = `graph g(x: f32[4]) -> (a: f32[4], e: bool[4]) {
    a = x * 0.5
    e = x != 0
  }`;
  const set = { x: list([1e-38, 1e-40, 1e-37, 1]) };
  expect(compareChanged(text, set, "a", (data) => data.fill(0, 0, 2)).agree).toBe(true);
  expect(compareChanged(text, set, "a", (data) => data.fill(0, 2, 3)).agree).toBe(false);
  expect(compareChanged(text, set, "e", (data) => data.fill(0, 0, 2)).agree).toBe(true);
  expect(compareChanged(text, set, "e", (data) => data.fill(0, 2, 3)).agree).toBe(false);
});

/** One term after the other, in f32. */
function sumInTurn(terms: readonly number[]): number {
  return terms.reduce((sum, term) => Math.fround(sum + Math.fround(term)), 0);
}

/** The f32 mean of rows that are each added in turn, and then their sums. */
function meanInRows(values: readonly number[], inRow: number): number {
  const sums: number[] = [];
  for (let first = 0; first < values.length; first += inRow) sums.push(sumInTurn(values.slice(first, first + inRow)));
  return Math.fround(sumInTurn(sums) / values.length);
}

test("errors of sums of equal terms go one way, and are no alarm; a term that is left out is one", () => {
  const terms = new Array<number>(4000).fill(3.3);
  const sum = `graph g(x: f32[4000]) -> (y: f32[]) { y = reduce_sum(x, keepdims=false) }`;
  const set = { x: list(terms) };
  const inTurn = sumInTurn(terms);
  expect(inTurn).not.toBe(Math.fround(Math.fround(3.3) * 4000));
  expect(compareChanged(sum, set, "y", (data) => data.fill(inTurn)).agree).toBe(true);
  expect(compareChanged(sum, set, "y", (data) => data.fill(data[0]! - 3.3)).agree).toBe(false);
  const product = `graph g(x: f32[1, 4000], w: f32[4000, 1]) -> (y: f32[1, 1]) { y = matmul(x, w) }`;
  const both = { x: list(terms), w: list(new Array(4000).fill(1)) };
  expect(compareChanged(product, both, "y", (data) => data.fill(inTurn)).agree).toBe(true);
  expect(compareChanged(product, both, "y", (data) => data.fill(data[0]! - 3.3)).agree).toBe(false);
});

test("long means and bf16 sums of few values are as near as sums in f32 can be", () => {
  const mean = `graph g(x: f32[2, 70000]) -> (m: f32[2, 1], v: f32[2, 1]) {
    m = reduce_mean(x, axes=[1])
    d = x - m
    v = reduce_mean(d * d, axes=[1])
  }`;
  const values = Array.from({ length: 140000 }, (_, index) => (index % 2 === 0 ? 1000.5 : 1001.5));
  expect(compareChanged(mean, { x: list(values) }, "m", (data) => data.fill(1001.02)).agree).toBe(true);
  expect(compareChanged(mean, { x: list(values) }, "m", (data) => data.fill(1010)).agree).toBe(false);
  const ones = `graph g(x: bf16[1, 4096]) -> (s: bf16[1, 1]) { s = reduce_sum(x, axes=[1]) }`;
  const set = { x: list(new Array(4096).fill(1)) };
  expect(compareChanged(ones, set, "s", (data) => data.fill(256)).agree).toBe(false);
  expect(compareChanged(ones, set, "s", (data) => data.fill(4032)).agree).toBe(false);
});

test("a sum of very many near-equal terms errs as one row of them does, since executors add no longer ones in turn", () => {
  const text = `graph g(x: f32[300000]) -> (y: f32[1]) { y = reduce_mean(x, axes=[0]) }`;
  const values = Array.from({ length: 300_000 }, (_, index) => 5 + (index % 1000) * 1e-6);
  const inRows = meanInRows(values, 61_000);
  expect(Math.abs(inRows - 5.0005)).toBeGreaterThan(1e-4);
  expect(compareChanged(text, { x: list(values) }, "y", (data) => data.fill(inRows)).agree).toBe(true);
  expect(compareChanged(text, { x: list(values) }, "y", (data) => data.fill(5.0005 * 1.003)).agree).toBe(false);
});

test("a root of what may be 0 and a quotient by it are bounded, or unchecked", () => {
  const text = `graph g(x: f32[1, 64]) -> (y: f32[1, 1]) {
    c = x - reduce_mean(x, axes=[1])
    y = sqrt(reduce_mean(c * c, axes=[1]))
  }`;
  const set = { x: list(new Array(64).fill(1000.1)) };
  const compared = compareChanged(text, set, "y", (data) => data.fill(1e-4));
  expect(compared).toMatchObject({ agree: true, uncheckedElements: 0 });
  expect(compareChanged(text, set, "y", (data) => data.fill(0.1)).agree).toBe(false);
});
