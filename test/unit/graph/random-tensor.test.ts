// Random tensors: the same everywhere, in range, and fitting what the graph does with them.
import { expect, test } from "vitest";
import { roundTo } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { defaultFill, inputBounds, makeRandomInputs, makeRandomTensor } from "../../../ir-spec/random-tensor.ts";

const f32 = (...shape: number[]) => ({ dtype: "f32", shape }) as const;

function deviationOf(data: Float64Array): number {
  return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
}

test("the bits are fixed, and depend on seed and name", () => {
  const first = [...makeRandomTensor(f32(3), 1, "x").data];
  expect(first).toMatchInlineSnapshot(`
    [
      0.12714990973472595,
      -2.6543171405792236,
      1.076823115348816,
    ]
  `);
  expect([...makeRandomTensor(f32(3), 1, "x").data]).toEqual(first);
  expect([...makeRandomTensor(f32(3), 2, "x").data]).not.toEqual(first);
  expect([...makeRandomTensor(f32(3), 1, "y").data]).not.toEqual(first);
});

test("floats are standard normal and values of their dtype", () => {
  const { data } = makeRandomTensor({ dtype: "bf16", shape: [10000] }, 1, "x");
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  expect(Math.abs(mean)).toBeLessThan(0.05);
  expect(deviationOf(data)).toBeCloseTo(1, 1);
  expect(data.every((x) => roundTo("bf16", x) === x)).toBe(true);
});

test("integers and bools", () => {
  const { data } = makeRandomTensor({ dtype: "i32", shape: [1000] }, 1, "x", { kind: "integer", min: 3, max: 5 });
  expect([...new Set(data)].sort()).toEqual([3, 4, 5]);
  const flags = makeRandomTensor({ dtype: "bool", shape: [100, 4] }, 1, "x");
  expect(new Set(flags.data)).toEqual(new Set([0, 1]));
  expect(flags.data.filter((_, position) => position % 4 === 0).every((flag) => flag === 1)).toBe(true);
  expect(defaultFill({ dtype: "i32", shape: [] })).toEqual({ kind: "integer", min: -100, max: 100 });
});

test("each parameter is filled as its use asks for", () => {
  const b = makeGraphBuilder("g");
  const only = (values: readonly ValueId[]) => values[0] as ValueId;
  const tokens = b.param("input", "tokens", { dtype: "i32", shape: [4, 8] });
  const table = b.param("weight", "table", f32(10, 256));
  const scale = b.param("weight", "scale", f32(256));
  const stacked = b.param("weight", "stacked", f32(2, 64, 256));
  const bias = b.param("weight", "bias", f32(64));
  const variance = b.param("input", "variance", f32(64));
  const first = only(b.add("slice", [tokens], { starts: [0], ends: [1] }));
  const x = only(b.add("rms_normalization", [only(b.add("gather", [table, only(b.add("squeeze", [first]))])), scale]));
  const layer = only(b.add("squeeze", [only(b.add("slice", [stacked], { starts: [1], ends: [2] }))]));
  const h = only(b.add("add", [only(b.add("matmul", [x, layer], { transpose_rhs: true })), bias]));
  b.result("y", only(b.add("mul", [h, only(b.add("rsqrt", [variance]))])));
  const graph = b.finish();

  expect(inputBounds(graph)).toEqual(new Map([["tokens", 10]]));
  const inputs = makeRandomInputs(graph, 7);
  const data = (name: string): Float64Array => inputs.get(name)?.data as Float64Array;
  expect(data("tokens").every((token) => token >= 0 && token < 10)).toBe(true);
  expect(deviationOf(data("table"))).toBeCloseTo(1, 1);
  expect(deviationOf(data("stacked"))).toBeCloseTo(1 / 16, 2);
  expect(data("scale").every((x) => x > 0.6 && x < 1.4)).toBe(true);
  expect(deviationOf(data("bias"))).toBeLessThan(0.2);
  expect(data("variance").every((x) => x >= 0.5)).toBe(true);
});
