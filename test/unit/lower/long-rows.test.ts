// Rows in pieces: how often they are loaded, and that what comes out is what whole rows give.
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import type { TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { parseGraph, runOnGraph, unwrap } from "../passes/support.ts";

const target = unwrap(targetByName("trn2"));

function lowered(text: string, columns?: number): TileProgram {
  const graph: Graph = runOnGraph(parseGraph(text), "canonicalize,expand,canonicalize,cse,dce,fuse").ir;
  const kernels = columns === undefined ? [] : [{ kernel: "*", fields: { tile_columns: columns } }];
  const schedule = { name: "s", graph: "*", kernels };
  const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic", schedule }, passEnv(target)));
  expect(verifyTile(program)).toEqual([]);
  return program;
}

/** How often each input is loaded along its columns. */
function passesOver(program: TileProgram, name: string): number {
  const count = (body: readonly TileStatement[]): number =>
    body.reduce((sum, statement) => {
      if (statement.kind === "loop") return sum + count(statement.body);
      if (statement.kind !== "op") return sum;
      const source = program.buffers["src" in statement.operands ? statement.operands.src.buffer : -1];
      return sum + Number(source?.name === name && source.memory === "hbm");
    }, 0);
  return program.kernels.reduce((sum, { body }) => sum + count(body), 0);
}

describe("rows that do not fit on chip", () => {
  test.each([
    ["softmax", "graph g(x: bf16[130, 128256]) -> (y: bf16[130, 128256]) { y = softmax(x, axis=-1) }", 3],
    [
      "root mean square norm",
      "graph g(x: f32[130, 1048576], w: f32[1048576]) -> (y: f32[130, 1048576]) { y = rms_normalization(x, w, axis=-1) }",
      2,
    ],
    ["a sum", "graph g(x: f32[8, 1048573]) -> (y: f32[8, 1]) { y = reduce_sum(x, axes=[1]) }", 1],
  ])("%s is compiled, and its operand loaded once for each phase", (_name, text, phases) => {
    const program = lowered(text);
    expect(passesOver(program, "x")).toBe(phases);
    unwrap(compileTiles(program, target.machine));
  });
});

describe("pieces of rows give what whole rows give", () => {
  const rows = 5;
  const inputs = new Map(
    ["x", "w"].map((name, seed) => {
      const shape = name === "x" ? [rows, 50] : [50];
      const data = Float64Array.from(
        { length: shape.reduce((a, b) => a * b) },
        (_, i) => Math.sin(i * 12.9898 + seed) * 4,
      );
      return [name, { dtype: "f32", shape, data }] as const;
    }),
  );
  const given = "x: f32[5, 50], w: f32[50]";
  test.each([
    [
      "a norm and a maximum",
      "y = layer_normalization(x, w, w, axis=-1); z = reduce_max(x, axes=[1])",
      "f32[5, 50]",
      "f32[5, 1]",
    ],
    [
      "a mean and a product",
      "y = reduce_mean(x * w, axes=[1]); z = x * reduce_prod(abs(x) * 0.5, axes=[1])",
      "f32[5, 1]",
      "f32[5, 50]",
    ],
    [
      "no column that is not counted",
      "y = x - reduce_min(x, axes=[1]); z = reduce_sum(exp(x) * w, axes=[1])",
      "f32[5, 50]",
      "f32[5, 1]",
    ],
  ])("%s", (_name, body, y, z) => {
    const text = `graph g(${given}) -> (y: ${y}, z: ${z}) { ${body} }`;
    const whole = runTile(lowered(text), inputs, { rounding: false });
    for (const columns of [49, 25, 16, 7, 1]) {
      const pieces = runTile(lowered(text, columns), inputs, { rounding: false });
      for (const [name, { data }] of whole) {
        const found = pieces.get(name)?.data ?? new Float64Array(0);
        data.forEach((x, at) => {
          expect(Math.abs((found[at] as number) - x)).toBeLessThanOrEqual(1e-9 * Math.abs(x) + 1e-12);
        });
      }
    }
  });
});
