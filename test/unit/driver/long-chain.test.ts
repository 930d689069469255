// Chains of ops, as loops unroll to: read, printed, read back, and evaluated by the reference, without deep recursion.
import { expect, test } from "vitest";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { runGraph } from "../../../targets/ref/graph.ts";

const chain = (steps: number): string => `graph main(x: f32[4]) -> (y: f32[4]) {
  h = x
  for i in 0..${steps} { h = h * 1.0001 + 0.001 }
  y = h
}`;

/** Computed with 80-bit floats, of the numbers as f32 has them. */
const expected = [74.983249, 49.115556, 65.744787, 86.069403];

test("a chain of 40,000 ops has the right values", () => {
  const graph = read(chain(20_000));
  const x = { dtype: "f32" as const, shape: [4], data: Float64Array.of(1.5, -2, 0.25, 3) };
  const y = runGraph(graph, new Map([["x", x]]), { rounding: true }).get("y");
  for (const [index, value] of expected.entries()) {
    expect(Math.abs((y?.data[index] ?? Number.NaN) / value - 1)).toBeLessThan(1e-3);
  }
});

// A longer one has more text than is read.
test("one of 10,000 ops prints, and reads back to the same text", () => {
  const printed = printGraph(read(chain(5000)));
  expect(printGraph(read(printed))).toBe(printed);
});

function read(source: string) {
  const loaded = loadGraph({ name: "chain.tg", text: source }, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.slice(0, 2)));
  return loaded.value.graph;
}
