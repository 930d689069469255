// Tiles that the array transposes on their way from and to memory: no transfer of single elements, and every element in its place.
import { describe, expect, test } from "vitest";
import type { TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { parseGraph, runOnGraph, unwrap } from "../passes/support.ts";

function lowered(text: string, machine: string): TileProgram {
  const target = unwrap(targetByName(machine));
  const graph = runOnGraph(parseGraph(text), "canonicalize,expand,canonicalize,cse,dce,fuse").ir;
  const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic" }, passEnv(target)));
  expect(verifyTile(program)).toEqual([]);
  unwrap(compileTiles(program, target.machine));
  return program;
}

/** The innermost runs of all transfers between HBM and SBUF (elements). */
function runsOf({ buffers, kernels }: TileProgram): readonly number[] {
  const visit = (body: readonly TileStatement[]): readonly number[] =>
    body.flatMap((statement) => {
      if (statement.kind === "loop") return visit(statement.body);
      if (statement.kind !== "op" || statement.op !== "dma") return [];
      const hbm = Object.values(statement.operands).find(({ buffer }) => buffers[buffer]?.memory === "hbm");
      const last = hbm?.dims.at(-1);
      return [last?.stride === 1 ? last.size.max : 1];
    });
  return kernels.flatMap(({ body }) => visit(body));
}

const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => ((i * 37) % 101) - 50);

describe.each(["tiny", "trn2"])("on %s", (machine) => {
  // Whole groups of a bank, single blocks, and what is left of one; rows that no tile divides.
  test.each([
    [1024, 64],
    [640, 200],
    [517, 40],
  ])("sums over the first axis of [%i, %i]", (rows, columns) => {
    const text = `graph g(x: f32[${rows}, ${columns}]) -> (y: f32[1, ${columns}]) { y = reduce_sum(x, axes=[0]) }`;
    const program = lowered(text, machine);
    expect(Math.max(...runsOf(program))).toBeGreaterThanOrEqual(8);
    const data = numbers(rows * columns);
    const inputs = new Map([["x", { dtype: "f32", shape: [rows, columns], data } as const]]);
    const found = runTile(program, inputs, { rounding: false }).get("y")?.data ?? new Float64Array(0);
    const sumOf = (column: number): number => data.reduce((sum, x, at) => (at % columns === column ? sum + x : sum), 0);
    expect([...found]).toEqual([...new Array(columns).keys()].map(sumOf));
  });

  test.each(["f32", "bf16"])("what is computed of columns is stored in rows (%s)", (dtype) => {
    const [rows, columns] = [600, 96];
    const text = `graph g(x: ${dtype}[${rows}, ${columns}]) -> (y: ${dtype}[${rows}, ${columns}]) {
      kernel k { y = x - reduce_max(x, axes=[0]) }
    }`;
    const data = numbers(rows * columns);
    const inputs = new Map([["x", { dtype: dtype as "f32", shape: [rows, columns], data } as const]]);
    const found = runTile(lowered(text, machine), inputs, { rounding: false }).get("y")?.data ?? new Float64Array(0);
    const largest = [...new Array(columns).keys()].map((column) =>
      Math.max(...data.filter((_x, at) => at % columns === column)),
    );
    expect([...found]).toEqual([...data].map((x, at) => x - (largest[at % columns] as number)));
  });
});
