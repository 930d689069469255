// Rows in pieces: of several dimensions, with operands that stay on chip, and over axes that are not the last ones.
import { describe, expect, test } from "vitest";
import type { TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { parseGraph, runOnGraph, unwrap } from "../passes/support.ts";

function lowered(text: string, fields: Readonly<Record<string, number | boolean>>) {
  const target = unwrap(targetByName("tiny"));
  const graph = runOnGraph(parseGraph(text), "canonicalize,expand,canonicalize,cse,dce,fuse").ir;
  const schedule = { name: "s", graph: "*", kernels: [{ kernel: "*", fields }] };
  const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic", schedule }, passEnv(target)));
  expect(verifyTile(program)).toEqual([]);
  unwrap(compileTiles(program, target.machine));
  return { graph, program };
}

/** How many elements of a tensor are loaded, each as often as it is. */
function loadedOf({ kernels, buffers }: TileProgram, name: string): number {
  const visit = (body: readonly TileStatement[], times: number): number =>
    body.reduce((sum, each) => {
      if (each.kind === "loop") return sum + visit(each.body, times * each.trips.max);
      if (each.kind !== "op" || (each.op !== "dma" && each.op !== "dma_transpose")) return sum;
      const { partition, dims, buffer } = each.operands.src;
      const count = dims.reduce((product, { size }) => product * size.max, partition.size.max);
      const { name: found, memory } = buffers[buffer] ?? {};
      return found === name && memory === "hbm" ? sum + times * count : sum;
    }, 0);
  return kernels.reduce((sum, { body }) => sum + visit(body, 1), 0);
}

function expectEqual({ graph, program }: ReturnType<typeof lowered>): void {
  const inputs = new Map(
    graph.params.map(({ name, value }, seed) => {
      const { shape = [], dtype = "f32" } = graph.values[value]?.type ?? {};
      const count = shape.reduce((a, b) => a * b, 1);
      const data = Float64Array.from({ length: count }, (_, i) => Math.round(Math.sin(i * 12.9898 + seed) * 64) / 16);
      return [name, { dtype, shape, data }] as const;
    }),
  );
  const found = runTile(program, inputs, { rounding: false });
  for (const [name, { data }] of runGraph(graph, inputs, { rounding: false })) {
    const own = found.get(name)?.data ?? new Float64Array(0);
    const isFar = (x: number, at: number): boolean =>
      !(Math.abs((own[at] as number) - x) <= 1e-9 * Math.abs(x) + 1e-12);
    expect([name, data.findIndex(isFar)]).toEqual([name, -1]);
  }
}

const norm = (shape: string, weights: string, axes: string): string => `graph g(x: f32[${shape}], s: f32[${weights}],
      b: f32[${weights}]) -> (y: f32[${shape}]) {
  c = x - reduce_mean(x, axes=${axes})
  y = c * rsqrt(reduce_mean(c * c, axes=${axes}) + 0.5) * s + b
}`;

describe("norms over any axes are one kernel", () => {
  test.each([
    { shape: "5, 6, 4, 9", weights: "6, 1, 1", axes: "[0, 2, 3]" },
    { shape: "40, 12", weights: "12", axes: "[0]" },
    { shape: "3, 21, 10", weights: "10", axes: "[1]" },
    { shape: "6, 5, 7", weights: "5, 1", axes: "[0, 2]" },
  ])("[$shape] over $axes", ({ shape, weights, axes }) => {
    for (const keep_rows of [true, false]) {
      for (const tile_columns of [8, 40]) {
        const found = lowered(norm(shape, weights, axes), { keep_rows, tile_columns });
        expect(found.program.kernels.length).toBe(1);
        expectEqual(found);
      }
    }
  });

  test("what stays on chip is loaded once", () => {
    const text = norm("2, 8, 64", "8, 1", "[0, 2]");
    const count = 2 * 8 * 64;
    expect(loadedOf(lowered(text, { keep_rows: true, tile_columns: 64 }).program, "x")).toBe(count);
    expect(loadedOf(lowered(text, { keep_rows: false, tile_columns: 64 }).program, "x")).toBe(3 * count);
  });

  test("reductions of different axes are kernels of their own", () => {
    const found = lowered(
      `graph g(x: f32[8, 12]) -> (y: f32[8, 12]) {
        y = (x - reduce_mean(x, axes=[0])) * reduce_max(x, axes=[1])
      }`,
      {},
    );
    expect(found.program.kernels.length).toBe(2);
    expectEqual(found);
  });
});
