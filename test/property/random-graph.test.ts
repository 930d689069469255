// The generator of random graphs makes good graphs: they verify, hold every op of the table, and keep to their options.
import fc from "fast-check";
import { expect, test } from "vitest";
import { opNames } from "../../ir-spec/ops/index.ts";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { verifyGraph } from "../../ir-spec/verify-graph.ts";
import { makeCase } from "../../src/find/fuzz/random-graph.ts";
import { parseGraphs } from "../../src/text/index.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { randomCase } from "./random-graph.ts";

test("graphs verify, and their values are finite", () => {
  fc.assert(
    fc.property(randomCase(), ({ graph, inputs }) => {
      expect(verifyGraph(graph)).toEqual([]);
      for (const tensor of runGraph(graph, inputs, { rounding: true }).values()) {
        expect(tensor.data.every(Number.isFinite)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test("printing and reading back gives the same graph", () => {
  fc.assert(
    fc.property(randomCase({ hasSpecialValues: true }), ({ graph }) => {
      const text = printGraph(graph);
      const back = parseGraphs({ name: "random.tg", text });
      expect(back.ok ? back.value.map(printGraph) : back.error).toEqual([text]);
    }),
    { numRuns: 200 },
  );
});

test("every op of the table occurs", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 1000; seed++) {
    const steps = Array.from({ length: 16 }, (_, index) => seed * 1000 + index * 7919);
    // Products of integers are of 8 bits, which are drawn where they are asked for.
    for (const dtypes of seed < 200 ? [undefined, ["i8", "u8", "i32"] as const] : [undefined]) {
      const { graph } = makeCase({ seed, steps }, { ...(dtypes && { dtypes }) });
      for (const node of graph.nodes) seen.add(node.op);
    }
  }
  expect(opNames.filter((op) => !seen.has(op))).toEqual([]);
});

test("options are kept, and the same recipe makes the same case", () => {
  const options = { ops: ["add", "mul", "transpose"], dtypes: ["bf16"], maxSize: 3 } as const;
  const steps = Array.from({ length: 30 }, (_, index) => index);
  const { graph } = makeCase({ seed: 1, steps }, options);
  expect(graph.nodes.length).toBeGreaterThan(10);
  expect(graph.nodes.every((node) => (options.ops as readonly string[]).includes(node.op))).toBe(true);
  expect(graph.values.every(({ type }) => type.dtype === "bf16" && type.shape.every((size) => size <= 3))).toBe(true);
  expect(makeCase({ seed: 1, steps }, options).graph).toEqual(graph);
});
