// Mistakes that random graphs have found, each as the smallest graph and schedule that shows it.
import { expect, test } from "vitest";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { KernelSchedule } from "../../../ir-spec/schedule.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph } from "../passes/support.ts";

type Inputs = ReadonlyMap<string, Tensor>;

function outcomeOf(text: string, fields: KernelSchedule["fields"] = {}, given?: Inputs): unknown {
  const graph = parseGraph(text);
  const inputs = given ?? makeRandomInputs(graph, 1);
  const machine = machineByName("tiny");
  if (machine === undefined) throw new Error("no machine tiny");
  const schedule = { name: "test", graph: "*", kernels: [{ kernel: "*", fields }] };
  const outcome = runStages(graph, inputs, { machine, strategy: "naive", schedule });
  return outcome.kind === "wrong" ? outcome : outcome.kind;
}

test("a number counts as rounded to its dtype", () => {
  const text = `graph g(x: f32[4]) -> (y: bool[4], z: i32[4]) {
    y = equal(equal(x, x), full(value=-1, shape=[4], dtype=bool))
    z = add(cast(x, to=i32), full(value=2.5, shape=[4], dtype=i32))
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});

test.each(["sub(a, a)", "mul(a, a)"])("an epilogue reads its accumulator twice: %s", (epilogue) => {
  const text = `graph g(x: f32[5, 5], w: f32[5, 5]) -> (y: f32[5, 5]) {
    a = matmul(x, w)
    y = ${epilogue}
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});

test.each([
  ["row tiles that do not divide a block", 26, 5, 4],
  ["a last block of few rows", 36, 16, 1],
])("an operand is transposed on the array in blocks: %s", (_name, n, tile, block) => {
  const text = `graph g(x: f32[9, 13], w: f32[${n}, 13]) -> (y: f32[9, ${n}]) {
    y = matmul(x, w, transpose_rhs=true)
  }`;
  expect(outcomeOf(text, { tile_n: tile, block_n: block })).toBe("agrees");
  expect(outcomeOf(text, { tile_n: tile, block_n: block, stationary: "rhs", accumulate: "sbuf" })).toBe("agrees");
});

test.each([
  ["stored", "(t: f32[40, 40], m: f32[40, 1])", "m = reduce_max(t, axes=[1])"],
  ["contracted", "(y: f32[40, 3])", "y = matmul(t, w)"],
])("products that a mask by position hides parts of are %s", (_name, results, last) => {
  const text = `graph g(q: f32[40, 4], k: f32[40, 4], w: f32[40, 3]) -> ${results} {
    kernel c {
      s = matmul(q, k, transpose_rhs=true)
      column = iota(shape=[40, 40], axis=1, dtype=i32)
      t = where(less(column, iota(shape=[40, 40], axis=0, dtype=i32) + 2), s, full(value=-7, shape=[], dtype=f32))
      ${last}
    }
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});

test("an iota of one element is the same number for all columns", () => {
  const text = `graph g(x: f32[4]) -> (y: f32[4]) {
    y = sub(x, iota(shape=[1], dtype=f32))
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});

const large = [2 ** 24 + 1, 2 ** 24, -(2 ** 24) - 1, 2 ** 31 - 1, -(2 ** 31), 2 ** 30 + 1, 0, 1, -1, -(2 ** 31) + 1];

/** All pairs of large numbers, in rows. */
function largePairs(): Inputs {
  const size = large.length;
  const rows = (numberAt: (i: number, j: number) => number | undefined): Tensor => {
    const data = Float64Array.from(
      { length: size * size },
      (_none, at) => numberAt(Math.floor(at / size), at % size) ?? 0,
    );
    return { dtype: "i32", shape: [size, size], data };
  };
  return new Map([
    ["x", rows((i) => large[i])],
    ["y", rows((_i, j) => large[j])],
  ]);
}

test.each(["equal", "not_equal", "less", "less_or_equal", "greater", "greater_or_equal"])(
  "%s of integers beyond 2^24",
  (op) => {
    const text = `graph g(x: i32[10, 10], y: i32[10, 10]) -> (z: bool[10, 10], n: bool[10, 10]) {
      z = ${op}(x, y)
      n = ${op}(x, 16777217)
    }`;
    expect(outcomeOf(text, {}, largePairs())).toBe("agrees");
  },
);

test.each([
  "add(x, y)",
  "sub(x, y)",
  "mul(x, 3)",
  "div(x, y)",
  "max(x, y)",
  "min(x, y)",
  "neg(x)",
  "abs(x)",
  "relu(x)",
])("%s of integers beyond 2^24", (call) => {
  const text = `graph g(x: i32[10, 10], y: i32[10, 10]) -> (z: i32[10, 10]) { z = ${call} }`;
  expect(outcomeOf(text, {}, largePairs())).toBe("agrees");
});

test.each(["reduce_sum", "reduce_max", "reduce_min"])("%s of integers beyond 2^24", (op) => {
  const text = `graph g(x: i32[10, 10], y: i32[10, 10]) -> (z: i32[10, 1], w: i32[1, 10], u: i32[]) {
    z = ${op}(y, axes=[1])
    w = ${op}(x, axes=[0])
    u = ${op}(y, keepdims=false)
  }`;
  expect(outcomeOf(text, {}, largePairs())).toBe("agrees");
});

test("numbers alone are compared as they are", () => {
  const text = `graph g(x: f32[1]) -> (y: f32[1]) {
    y = where(greater_or_equal(full(value=-2.5, shape=[1], dtype=f32), full(value=-1, shape=[1], dtype=f32)), x, -x)
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});

test("a tile that a function reads past a difference stays as it is while others read it", () => {
  const text = `graph g(x: f32[8]) -> (p: f32[8], y: f32[8]) {
    a = abs(x)
    p = softmax(a)
    y = layer_normalization(a + 1.0, a)
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});

test("a factor of rows keeps what it scales in range: it is not moved after a product with a tile, unless it is a norm", () => {
  const text = `graph g(x: bf16[256, 64], s: f32[256, 1], w: bf16[64]) -> (y: bf16[256, 64]) {
    wide = cast(x, to=f32)
    y = cast((wide - reduce_mean(wide * 0.5, axes=[1])) * s * cast(w, to=f32), to=bf16)
  }`;
  const machine = machineByName("trn2");
  if (machine === undefined) throw new Error("no machine trn2");
  const filled = (value: number, dtype: "bf16" | "f32", shape: readonly number[]): Tensor => {
    const data = new Float64Array(shape.reduce((count, size) => count * size, 1)).fill(value);
    return { dtype, shape, data };
  };
  // x w is beyond f32, x s w is not.
  const inputs = new Map([
    ["x", filled(2 ** 100, "bf16", [256, 64])],
    ["s", filled(2 ** -100, "f32", [256, 1])],
    ["w", filled(2 ** 40, "bf16", [64])],
  ]);
  expect(runStages(parseGraph(text), inputs, { machine, strategy: "heuristic" })).toMatchObject({ kind: "agrees" });
});

test.each([
  ["a column, repeated", "b = broadcast_to(c, shape=[8, 17])"],
  ["a column and a tile of one number", "b = c + full(value=2.0, shape=[8, 17], dtype=f32)"],
])("a function's argument is scaled though each row of it is one number: %s", (_name, repeated) => {
  const text = `graph g(c: f32[8, 1], m: f32[8, 1], x: f32[8, 17]) -> (y: f32[8, 17]) {
    ${repeated}
    y = x * exp(b * 0.25 - m)
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});
