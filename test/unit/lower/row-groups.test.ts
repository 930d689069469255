// Many short rows: several in each partition, whatever their number.
import { describe, expect, test } from "vitest";
import type { TileNode, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
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

function lowered(text: string, machine: string, fields: Readonly<Record<string, number>>): Lowered {
  const target = unwrap(targetByName(machine));
  const graph = runOnGraph(parseGraph(text), "canonicalize,expand,canonicalize,cse,dce,fuse").ir;
  const schedule = { name: "s", graph: "*", kernels: [{ kernel: "*", fields }] };
  const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic", schedule }, passEnv(target)));
  expect(verifyTile(program)).toEqual([]);
  unwrap(compileTiles(program, target.machine));
  return { graph, program };
}

/** The most rows that a partition folds at once. */
function rowsFolded({ kernels }: TileProgram): number {
  const countOf = ({ op, operands }: TileNode): number =>
    op === "tensor_reduce" ? (operands.dst?.dims ?? []).reduce((product, { size }) => product * size.max, 1) : 0;
  const visit = (body: readonly TileStatement[]): number =>
    Math.max(
      0,
      ...body.map((each) => (each.kind === "loop" ? visit(each.body) : each.kind === "op" ? countOf(each) : 0)),
    );
  return Math.max(...kernels.map(({ body }) => visit(body)));
}

/** The fewest neighbours that a transfer of several elements in each partition moves, among those of the first tiles. */
function shortestRun({ kernels }: TileProgram): number {
  const visit = (statement: TileStatement): readonly number[] => {
    if (statement.kind === "loop") return statement.body.flatMap(visit);
    if (statement.kind !== "op" || statement.op !== "dma") return [];
    const [hbm] = Object.values(statement.operands).filter(({ partition }) => partition.stride > 0);
    const last = hbm?.dims.at(-1);
    const isSeveral = (hbm?.dims ?? []).some(({ size, stride }) => size.max > 1 && stride !== 0);
    return isSeveral ? [last?.stride === 1 ? last.size.max : 1] : [];
  };
  const loop = kernels[0]?.body.find((statement) => statement.kind === "loop");
  return Math.min(...(loop === undefined ? [] : visit(loop)));
}

function expectEqual({ graph, program }: Lowered): void {
  const inputs = new Map(
    graph.params.map(({ name, value }, seed) => {
      const { shape = [], dtype = "f32" } = graph.values[value]?.type ?? {};
      const count = shape.reduce((a, b) => a * b, 1);
      const data = Float64Array.from(
        { length: count },
        (_, i) => Math.round(Math.sin(i * 12.9898 + seed) * 64) / (dtype === "i32" ? 1 : 16),
      );
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

const shapes = (rows: number, columns: number): string => `graph g(x: f32[${rows}, ${columns}], w: f32[${columns}],
      c: f32[${rows}, 1], n: f32[1]) -> (y: f32[${rows}, ${columns}], z: f32[${rows}, 1], v: f32[${rows}, ${columns}]) {
  a = x * w + c
  m = reduce_max(a, axes=[1])
  e = exp(a - m)
  s = reduce_sum(e, axes=[1])
  z = reduce_mean(a * n, axes=[1])
  y = where(a > z, e / s, c)
  v = x * rsqrt(reduce_mean(x * x, axes=[1]) + 0.5)
}`;

describe("rows in groups", () => {
  test.each([
    { rows: 96, columns: 5, groups: 4, folded: 4 },
    { rows: 97, columns: 3, groups: 5, folded: 5 },
    { rows: 64, columns: 1, groups: 8, folded: 8 },
    // What is left of a multiple is grouped by what it has itself.
    { rows: 83, columns: 2, groups: 7, folded: 7 },
  ])("$rows rows of $columns, up to $groups in a partition", ({ rows, columns, groups, folded }) => {
    const found = lowered(shapes(rows, columns), "tiny", { group_rows: groups });
    expect(rowsFolded(found.program)).toBe(folded);
    expectEqual(found);
  });

  test("rows of two dimensions, which a scale of each keeps apart", () => {
    const found = lowered(
      `graph g(x: f32[5, 48, 6], w: f32[48, 6], b: f32[48, 1]) -> (y: f32[5, 48, 6]) {
        y = x / (reduce_sum(abs(x), axes=[2]) + 1) * w + b
      }`,
      "tiny",
      { group_rows: 3 },
    );
    expect(rowsFolded(found.program)).toBe(3);
    expectEqual(found);
  });

  test("rows that are neighbours in memory lie side by side, so that whole runs of them move", () => {
    const found = lowered(
      `graph g(x: f32[6, 97], r: f32[97], w: f32[6, 1]) -> (y: f32[6, 97], z: f32[1, 97]) {
        z = reduce_max(x * w, axes=[0]) + r
        y = where(x > z, exp(x - z), w)
      }`,
      "tiny",
      { group_rows: 4 },
    );
    expect(rowsFolded(found.program)).toBe(4);
    expect(shortestRun(found.program)).toBeGreaterThan(1);
    expectEqual(found);
  });

  test("are chosen where rows are short, and not where they are long", () => {
    const text = (rows: number, columns: number): string =>
      `graph g(x: f32[${rows}, ${columns}]) -> (y: f32[${rows}, 1]) { y = reduce_max(x, axes=[1]) }`;
    expect(rowsFolded(lowered(text(8192, 3), "trn2", {}).program)).toBeGreaterThan(32);
    expect(rowsFolded(lowered(text(1024, 4096), "trn2", {}).program)).toBe(1);
  });

  test("integers are folded one row at a time", () => {
    const found = lowered("graph g(x: i32[64, 4]) -> (y: i32[64, 1]) { y = reduce_sum(x, axes=[1]) }", "tiny", {
      group_rows: 4,
    });
    expect(rowsFolded(found.program)).toBe(0);
    expectEqual(found);
  });
});
