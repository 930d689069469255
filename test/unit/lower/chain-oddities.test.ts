// Chains whose steps are out of the ordinary: contracted numbers and columns, products that read each other, and rows whose numbers
// overflow, vanish or are none. Every stage agrees with the reference.
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { caseOfText, type Tensors } from "../../bounds/noisy.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph } from "../passes/support.ts";

type Strategy = "naive" | "heuristic";

interface Given {
  readonly inputs?: Tensors;
  /** How the machine differs from the small one. */
  readonly changed?: Partial<Machine>;
}

function outcomeOf(text: string, strategy: Strategy, { inputs, changed }: Given = {}): unknown {
  const graph = parseGraph(text);
  const tiny = machineByName("tiny");
  if (tiny === undefined) throw new Error("no machine tiny");
  const machine = { ...tiny, ...changed };
  const outcome = runStages(graph, inputs ?? makeRandomInputs(graph, 1), { machine, strategy });
  if (outcome.kind === "wrong") return outcome;
  return outcome.kind === "agrees" ? "agrees" : outcome.codes.join();
}

const params =
  "x: f32[3, 6], n: bf16[3, 6], c: f32[3, 1], weight w: f32[6, 40], weight u: f32[6, 30], weight d: f32[6, 1], weight e: f32[40, 5]";
const rows = "y: f32[3, 40]";
const narrow = "y: f32[3, 5]";

describe.each([
  ["a cast that is contracted", "y = matmul(cast(n, to=f32), w) + 0.5", rows],
  ["casts between products", "y = matmul(cast(matmul(cast(n, to=f32), w), to=f32), e) + 0.5", narrow],
  ["a number that is contracted", "y = matmul(full(value=2.0, shape=[3, 40], dtype=f32), e) * c", narrow],
  ["a column that is contracted", "y = matmul(c + full(value=2.0, shape=[3, 40], dtype=f32), e)", narrow],
  [
    "a statistic that is contracted",
    "z = reduce_max(x, axes=[1]) + full(value=2.0, shape=[3, 40], dtype=f32); y = matmul(z, e)",
    narrow,
  ],
  [
    "a contracted number that is a result",
    "z = full(value=2.0, shape=[3, 40], dtype=f32); y = matmul(z, e) * reduce_max(x, axes=[1])",
    `${narrow}, z: f32[3, 40]`,
  ],
  [
    "a product of one column before a wide one",
    "y = matmul(matmul(x, d) + full(value=2.0, shape=[3, 40], dtype=f32), e)",
    narrow,
  ],
  [
    "a product of one column beside positions",
    "y = matmul(iota(shape=[3, 40], axis=0, dtype=f32), e) + matmul(x, d)",
    narrow,
  ],
  ["a product of one column after a wide one", "t = matmul(x, w); y = t + matmul(x, d)", rows],
  ["a product that waits for a later one", "t = matmul(x, w); s = matmul(x, u); y = t + reduce_max(s, axes=[1])", rows],
])("%s", (_name, body, results) => {
  test.each(["naive", "heuristic"] as const)("%s", (strategy) => {
    expect(outcomeOf(`graph g(${params}) -> (${results}) { kernel y { ${body} } }`, strategy)).toBe("agrees");
  });
});

test("what leaves a tile of rows is still read by the pieces in it", () => {
  const hidden = "less(iota(shape=[1, 23], axis=1, dtype=i32), iota(shape=[9, 1], axis=0, dtype=i32))";
  const text = `graph g(x: f32[9, 3], w: f32[3, 23], v: f32[23, 4]) -> (y: f32[9, 4]) {
    kernel y {
      s = where(${hidden}, full(value=-3.0, shape=[], dtype=f32), matmul(x, w))
      y = matmul(exp(s - reduce_max(s, axes=[1])), v)
    }
  }`;
  expect(outcomeOf(text, "naive", { changed: { peColumns: 3 } })).toBe("agrees");
});

test.each(["naive", "heuristic"] as const)("one tile of rows that sees the first columns only, %s", (strategy) => {
  const visible = "less_or_equal(iota(shape=[1, 17], axis=1, dtype=i32), iota(shape=[8, 1], axis=0, dtype=i32))";
  const text = `graph g(x: f32[8, 1], w: f32[1, 17], v: f32[17, 3]) -> (y: f32[8, 3]) {
    kernel y {
      s = where(${visible}, matmul(x, w), full(value=-inf, shape=[], dtype=f32))
      y = matmul(exp(s - reduce_max(s, axes=[1])), v)
    }
  }`;
  expect(outcomeOf(text, strategy)).toBe("agrees");
});

test("products that wait for each other are no chain", () => {
  const body = "t = matmul(x, w); s = matmul(x, u); b = t + reduce_max(s, axes=[1]); y = s + reduce_max(b, axes=[1])";
  expect(outcomeOf(`graph g(${params}) -> (y: f32[3, 30]) { kernel y { ${body} } }`, "naive")).toBe("E0601");
});

describe.each<[string, Partial<Machine>]>([
  ["one instruction fills less than a bank of PSUM", { peMovingColumns: 3 }],
  ["a bank is narrower than a tile of rows", { psumBankBytesPerPartition: 12, peMovingColumns: 3 }],
  ["the array has few rows", { peRows: 4 }],
])("attention where %s", (_name, changed) => {
  test.each(["naive", "heuristic"] as const)("%s", (strategy) => {
    const types = ["q: bf16[2, 20, 8]", "k: bf16[2, 30, 8]", "v: bf16[2, 30, 9]"].join(", ");
    const text = `graph g(${types}) -> (y: bf16[2, 20, 9]) { y = attention(q, k, v) }`;
    expect(outcomeOf(text, strategy, { changed })).toBe("agrees");
  });
});

const all = (count: number, valueAt: (index: number) => number): Readonly<Record<number, number>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [index, valueAt(index)]));
const everywhere = (value: number) => all(48, () => value);
const softmaxOf = (x: string): string =>
  `e = exp(${x} - reduce_max(${x}, axes=[1])); r = e * reciprocal(reduce_sum(e, axes=[1]))`;
const halfMasked = all(48, (index) => (index < 12 || index % 2 === 0 ? 1 : -1));

/** Weights of rows, `r`, before a product: a factor of rows moves after the product only where nothing can overflow or vanish. */
describe.each([
  [
    "exponentials without a maximum",
    "e = exp(x); r = e * reciprocal(reduce_sum(e, axes=[1]))",
    { x: all(48, (i) => (i % 6 === 0 ? 87 : 20)), v: everywhere(50) },
  ],
  [
    "a sum of zero",
    "r = x * reciprocal(reduce_sum(x, axes=[1]))",
    { x: all(48, (i) => [1, -1, 0, 0, 0, 0][i % 6] ?? 0) },
  ],
  [
    "an infinite factor of zeros",
    "r = x * reduce_max(p, axes=[1])",
    { x: all(48, (i) => i % 6), p: everywhere(Number.POSITIVE_INFINITY), v: everywhere(1) },
  ],
  ["a factor of zero", "r = x * reduce_max(p, axes=[1])", { x: everywhere(1e38), p: everywhere(0), v: everywhere(10) }],
  [
    "a tiny factor",
    "r = x * reduce_max(p, axes=[1])",
    { x: everywhere(1e38), p: everywhere(1e-30), v: everywhere(10) },
  ],
  [
    "a huge factor",
    "r = x * reduce_max(p, axes=[1])",
    { x: all(48, (i) => (i % 2 === 0 ? -1e30 : 1e30)), p: everywhere(1e10), v: everywhere(1) },
  ],
  [
    "a mean square that overflows",
    "r = x * rsqrt(reduce_mean(x * x, axes=[1]) + 1e-5)",
    { x: everywhere(1e38), v: everywhere(10) },
  ],
  ["rows of -0", "r = x * rsqrt(reduce_mean(x * x, axes=[1]) + 1e-5)", { x: everywhere(-0) }],
  [
    "rows that are wholly masked",
    `z = where(less(x, 0.0), x, full(value=-inf, shape=[], dtype=f32)); ${softmaxOf("z")}`,
    { x: halfMasked },
  ],
  [
    "rows that are wholly masked by a number",
    `z = where(less(x, 0.0), x, full(value=-1e9, shape=[], dtype=f32)); ${softmaxOf("z")}`,
    { x: halfMasked },
  ],
  [
    "scores that are no numbers",
    softmaxOf("x"),
    { x: { 0: Number.NaN, 9: Number.POSITIVE_INFINITY, 14: Number.NEGATIVE_INFINITY } },
  ],
  ["multiples that overflow", `z = x * 10.0; ${softmaxOf("z")}`, { x: { 0: 3e38, 9: 1e38, 14: -3e38 } }],
  [
    "multiples by infinity that are masked",
    "s = x * full(value=inf, shape=[], dtype=f32); r = tanh(where(less(p, 0.0), s, full(value=-inf, shape=[], dtype=f32)))",
    { x: { 0: 0, 9: 1 } },
  ],
])("%s", (_name, body, set: Readonly<Record<string, Readonly<Record<number, number>>>>) => {
  test.each(["f32", "bf16"])("%s", (dtype) => {
    const lhs = dtype === "f32" ? "r" : `cast(r, to=${dtype})`;
    const text = `graph g(x: f32[8, 6], p: f32[8, 6], v: ${dtype}[6, 5]) -> (y: ${dtype}[8, 5]) {
      kernel y { ${body}; y = matmul(${lhs}, v) }
    }`;
    const { inputs } = caseOfText(text, set);
    expect(outcomeOf(text, "naive", { inputs })).toBe("agrees");
  });
});
