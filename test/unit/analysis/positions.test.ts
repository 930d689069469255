// The share of a mask that positions decide, against the mask itself as the reference computes it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { findPositions, shareOf } from "../../../passes/analysis/positions.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { parseGraph } from "../passes/support.ts";

const seed = Number(process.env.TGC_SEED ?? 1);

interface Shares {
  readonly found: number | undefined;
  readonly counted: number;
}

/** Both shares of the result of a graph without parameters. */
function sharesOf(text: string): Shares {
  const graph = parseGraph(text);
  const value = graph.results[0]?.value as ValueId;
  const mask = runGraph(graph, new Map(), { rounding: true }).get(graph.results[0]?.name ?? "");
  const condition = findPositions(graph).conditionOf(value);
  const trues = mask?.data.filter((x) => x !== 0).length ?? 0;
  return {
    found: condition && shareOf(condition, mask?.shape ?? []),
    counted: trues / (mask?.data.length ?? 1),
  };
}

const maskOf = (statements: string, shape = "5, 7"): string => `graph mask() -> (y: bool[${shape}]) {
  i = iota(shape=[5, 1], axis=0, dtype=i32)
  j = iota(shape=[1, 7], axis=1, dtype=i32)
${statements}
}`;

describe("masks made of positions", () => {
  test.each([
    ["causal", "  y = j <= i"],
    ["causal, keys beyond the queries", "  y = j <= i + 2"],
    ["window", "  y = logical_and(j <= i, i - j < 2)"],
    ["two ends", "  y = logical_or(j < 2 + i * 0, j > 4)"],
    ["what is hidden", "  y = logical_not(j <= i)"],
    ["only rows", "  y = broadcast_to(i > 2, shape=[5, 7])"],
    ["steps", "  y = j * 2 < i * 3 - 4"],
    ["never", "  y = j + i < 0"],
  ])("%s", (_name, statements) => {
    const { found, counted } = sharesOf(maskOf(statements));
    expect(found).toBe(counted);
  });

  test("a reshape that only adds axes keeps them", () => {
    const { found, counted } = sharesOf(maskOf("  y = reshape(j <= i, shape=[1, 5, 1, 7])", "1, 5, 1, 7"));
    expect(found).toBe(counted);
    const moved = sharesOf(maskOf("  i4 = reshape(i, shape=[5, 1, 1])\n  y = j <= i4", "5, 1, 7"));
    expect(moved.found).toBe(moved.counted);
  });

  test("what inputs decide is unknown", () => {
    const graph = parseGraph("graph g(n: i32[4]) -> (y: bool[4]) { y = iota(shape=[4], dtype=i32) < n }");
    expect(findPositions(graph).conditionOf(graph.results[0]?.value as ValueId)).toBeUndefined();
  });

  const small = fc.integer({ min: -4, max: 4 });
  const comparison = fc
    .tuple(small, small, small, fc.constantFrom("<", "<=", ">", ">="))
    .map(([a, b, c, op]) => `(i * ${a} + j * ${b} ${op} ${c})`);
  const condition = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: "small" }, comparison, tie("not"), tie("both")),
    not: tie("any").map((of) => `logical_not(${of})`),
    both: fc
      .tuple(fc.constantFrom("logical_and", "logical_or"), tie("any"), tie("any"))
      .map(([op, x, y]) => `${op}(${x}, ${y})`),
  })).any;

  test(`random ones, seed ${seed}`, () => {
    fc.assert(
      fc.property(condition, (text) => {
        const { found, counted } = sharesOf(maskOf(`  y = ${text}`));
        expect(found).toBeCloseTo(counted, 12);
      }),
      { seed, numRuns: 200 },
    );
  });
});
