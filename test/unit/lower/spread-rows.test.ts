// Few rows over all partitions: chunks of rows, folded along partitions and then across them.
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

interface Lowered {
  readonly graph: ReturnType<typeof parseGraph>;
  readonly program: TileProgram;
}

function lowered(text: string, machine: string, fields = {}): Lowered {
  const target = unwrap(targetByName(machine));
  const graph = runOnGraph(parseGraph(text), "canonicalize,expand,canonicalize,cse,dce,fuse").ir;
  const schedule = { name: "s", graph: "*", kernels: [{ kernel: "*", fields }] };
  const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic", schedule }, passEnv(target)));
  expect(verifyTile(program)).toEqual([]);
  unwrap(compileTiles(program, target.machine));
  return { graph, program };
}

/** The most partitions that a statement of a vector engine covers. */
function partitionsOf({ kernels }: TileProgram): number {
  const visit = (body: readonly TileStatement[]): number =>
    Math.max(
      0,
      ...body.map((statement) => {
        if (statement.kind === "loop") return visit(statement.body);
        return statement.kind === "op" && statement.op !== "dma"
          ? (statement.operands.dst?.partition.size.max ?? 0)
          : 0;
      }),
    );
  return Math.max(...kernels.map(({ body }) => visit(body)));
}

function expectEqual({ graph, program }: Lowered, shapes: Readonly<Record<string, readonly number[]>>): void {
  const inputs = new Map(
    Object.entries(shapes).map(([name, shape], seed) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const data = Float64Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed) * 4);
      return [name, { dtype: "f32", shape, data } as const];
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

const cases = [
  { rows: 1, columns: 4096 },
  { rows: 2, columns: 5000 },
  { rows: 3, columns: 6300 },
];

describe.each(["tiny", "trn2"])("on %s", (machine) => {
  test.each(cases)("$rows rows of $columns", ({ rows, columns }) => {
    // Whole tensors, a row that all share, a column, results of both forms, and every kind of fold.
    const text = `graph g(x: f32[${rows}, ${columns}], w: f32[${columns}], c: f32[${rows}, 1])
      -> (y: f32[${rows}, ${columns}], m: f32[${rows}, 1], p: f32[${rows}, 1]) {
      kernel k {
        t = x * w + c
        m = sqrt(abs(reduce_mean(t, axes=[1])))
        p = reduce_prod(abs(x) * 0.5, axes=[1])
        y = exp(x - reduce_max(x, axes=[1])) * m + reduce_min(t, axes=[1])
      }
    }`;
    const shapes = { x: [rows, columns], w: [columns], c: [rows, 1] };
    const whole = lowered(text, machine);
    expect(partitionsOf(whole.program)).toBeGreaterThan(rows);
    expectEqual(whole, shapes);
    // In pieces, whose folds are combined after the last one.
    expectEqual(lowered(text, machine, { tile_columns: 100 }), shapes);
    // Fewer rows in a tile than chunks need.
    expectEqual(lowered(text, machine, { tile_rows: 1 }), shapes);
  });

  test("a batch of few rows, with several columns for each number of a row that all share", () => {
    const text = `graph g(x: f32[3, 2, 6, 500], s: f32[2, 6, 1]) -> (y: f32[3, 2, 6, 500]) {
      d = x - reduce_mean(x, axes=[2, 3])
      y = d * rsqrt(reduce_mean(d * d, axes=[2, 3]) + 1.0) * s
    }`;
    const result = lowered(text, machine);
    expect(result.program.kernels.length).toBe(1);
    expectEqual(result, { x: [3, 2, 6, 500], s: [2, 6, 1] });
  });

  test("a norm of a few rows is spread, though its weights are loaded for each row", () => {
    const text = `graph g(x: f32[6, 8192], w: f32[8192], b: f32[8192]) -> (y: f32[6, 8192]) {
      y = layer_normalization(x, w, b, axis=-1)
    }`;
    const result = lowered(text, machine);
    if (machine === "trn2") expect(partitionsOf(result.program)).toBeGreaterThan(90);
    expectEqual(result, { x: [6, 8192], w: [8192], b: [8192] });
  });

  test("a whole tensor to one number", () => {
    const result = lowered(
      `graph g(x: f32[65536]) -> (y: f32[]) { y = reduce_sum(x, axes=[0], keepdims=false) }`,
      machine,
    );
    expect(partitionsOf(result.program)).toBe(machine === "tiny" ? 8 : 128);
    expectEqual(result, { x: [65536] });
  });
});
