// The forms of row-wise kernels: what runs over the partitions, what is loaded once, and what is stored right into its place.
import { describe, expect, test } from "vitest";
import type { Access, TileNode, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseGraph, runOnGraph, unwrap } from "../passes/support.ts";

const env = passEnv(unwrap(targetByName("trn2")));

function lowered(text: string): TileProgram {
  const graph = runOnGraph(parseGraph(text), "canonicalize,expand,canonicalize,cse,dce,fuse").ir;
  const { program } = unwrap(lowerGraph(graph, { strategy: "heuristic" }, env));
  expect(verifyTile(program)).toEqual([]);
  return program;
}

/** The statements of all kernels, with the iterations that each runs in. */
function statementsOf(program: TileProgram): readonly { readonly node: TileNode; readonly times: number }[] {
  const visit = (body: readonly TileStatement[], times: number): ReturnType<typeof statementsOf> =>
    body.flatMap((statement) => {
      if (statement.kind === "loop") return visit(statement.body, times * statement.trips.max);
      return statement.kind === "op" ? [{ node: statement, times }] : [];
    });
  return program.kernels.flatMap(({ body }) => visit(body, 1));
}

/** How often each tensor is loaded or stored. */
function transfers(program: TileProgram): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { node, times } of statementsOf(program)) {
    if (node.op !== "dma") continue;
    for (const { buffer } of Object.values(node.operands)) {
      const { memory, name } = program.buffers[buffer] as TileProgram["buffers"][number];
      if (memory === "hbm") counts[name] = (counts[name] ?? 0) + times;
    }
  }
  return counts;
}

describe("a rotation is one kernel", () => {
  test.each(["false", "true"])("interleaved=%s", (interleaved) => {
    const program =
      lowered(`graph g(x: bf16[8, 4096, 128], c: bf16[4096, 64], s: bf16[4096, 64]) -> (y: bf16[8, 4096, 128]) {
      y = rotary_embedding(x, c, s, interleaved=${interleaved})
    }`);
    expect(program.kernels.length).toBe(1);
    // Both halves of a head at once; the angles once for all heads.
    expect(transfers(program)).toEqual({ x: 8, y: 8, c: 1, s: 1 });
    const wide = statementsOf(program).flatMap(({ node }) => Object.values(node.operands));
    expect(wide.every(({ partition }: Access) => partition.size.max === 128)).toBe(true);
  });
});

test("what several values make for one concat is stored there; others are copied", () => {
  const program = lowered(`graph g(a: f32[128, 64], b: f32[128, 64]) -> (y: f32[128, 192]) {
    y = concat(exp(a), b, a + b, axis=1)
  }`);
  expect(program.buffers.filter(({ role }) => role === "temp")).toEqual([]);
  expect(program.kernels.map(({ ops }) => ops.join())).toEqual(["exp", "add", "concat"]);
});

test("a value that others read as well is copied into the concat", () => {
  const program = lowered(`graph g(a: f32[128, 64]) -> (y: f32[128, 128], z: f32[128, 64]) {
    t = exp(a)
    z = t * 2.0
    y = concat(t, a, axis=1)
  }`);
  expect(program.kernels.some(({ ops }) => ops.includes("concat"))).toBe(true);
});

test("a result that is only reshaped is stored in its place", () => {
  const program = lowered("graph g(a: f32[128, 64]) -> (y: f32[8192]) { y = reshape(exp(a), shape=[8192]) }");
  expect(program.kernels.length).toBe(1);
  expect(program.buffers.map(({ name, role }) => `${name} ${role}`).slice(0, 2)).toEqual(["a input", "y output"]);
});

test("a row that all rows share is loaded once for each of its tiles", () => {
  const program = lowered(`graph g(x: f32[4096, 8192], b: f32[8192]) -> (y: f32[4096, 8192]) { y = x + b }`);
  const { x = 0, b = 0 } = transfers(program);
  expect(b * 32).toBe(x);
});

test("a prime number of elements is spread over the partitions, but for a rest", () => {
  const program = lowered("graph g(x: f32[1048573]) -> (y: f32[1048573]) { y = exp(x) }");
  const rows = statementsOf(program).map(({ node }) => node.operands.dst?.partition.size.max ?? 0);
  expect(Math.max(...rows)).toBe(128);
  const elements = statementsOf(program)
    .filter(({ node }) => node.op === "activation")
    .map(({ node }) => node.operands.dst as Access);
  expect(elements.length).toBe(2);
});

test("one number is repeated on chip, and stored in long runs", () => {
  const program = lowered("graph g() -> (y: f32[2048, 1024]) { y = full(value=1.5, shape=[2048, 1024], dtype=f32) }");
  const stores = statementsOf(program).filter(({ node }) => node.op === "dma");
  expect(stores.every(({ node }) => node.op === "dma" && node.operands.src.dims.at(-1)?.stride === 1)).toBe(true);
});

test("an operand whose neighbours lie in rows is transposed by DMA, or by the array where DMA cannot", () => {
  const text = (dtype: string): string =>
    `graph g(x: ${dtype}[256, 640]) -> (y: ${dtype}[640, 256]) { y = exp(transpose(x, perm=[1, 0])) }`;
  const loads = (dtype: string): readonly string[] => statementsOf(lowered(text(dtype))).map(({ node }) => node.op);
  expect(loads("bf16")).toContain("dma_transpose");
  expect(loads("f32")).not.toContain("dma_transpose");
  expect(loads("f32")).toContain("transpose");
});
