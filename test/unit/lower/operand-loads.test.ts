// How the operands of a product come on chip changes nothing of its result: as they are, transposed by DMA tile by tile or several
// rows in one run, with k in neighbouring or in interleaved tiles.
import { expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";

function expectOk<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const target = expectOk(targetByName("trn2"));

/** The tile program and the result of a product under a schedule. */
function run(text: string, fields: Readonly<Record<string, string | number>>) {
  const { graph } = expectOk(loadGraph({ name: "g.tg", text }, {}));
  const schedule = { name: "s", graph: "g", kernels: [{ kernel: "*", fields }] };
  const tiles = expectOk(graphToTiles(graph, { target, strategy: "heuristic", schedule })).value;
  const stream = expectOk(compileTiles(tiles, target.machine));
  expect(checkStream(stream, target.machine).diagnostics).toEqual([]);
  const outputs = expectOk(simulate(stream, target.machine, makeRandomInputs(graph, 3))).outputs;
  const transfers = JSON.stringify(tiles.kernels.map(({ body }) => body));
  return { outputs, transfers };
}

const scores =
  "graph g(q: bf16[2, 3, 64], k: bf16[2, 1024, 64]) -> (y: f32[2, 3, 1024]) { y = cast(matmul(q, k, transpose_rhs=true), to=f32) }";
const row = "graph g(x: bf16[2, 1, 512], w: bf16[2, 512, 96]) -> (y: f32[2, 1, 96]) { y = cast(matmul(x, w), to=f32) }";

test("rows of k that are short are transposed several in one run", () => {
  const onPe = run(scores, { transpose_on: "pe", load_lhs: "block_0", load_rhs: "block_1" });
  const wide = run(scores, { transpose_on: "dma", load_lhs: "block_0", load_rhs: "block_1", block_n: 2 });
  // A row has 64 elements.
  expect(wide.transfers).toContain('"stride":1,"size":{"max":1024}');
  expect(wide.outputs).toEqual(onPe.outputs);
});

test.each([
  { block_k: 1, load_lhs: "block_2", load_rhs: "block_2" },
  { block_k: 2, load_lhs: "block_0", load_rhs: "block_2" },
  { load_lhs: "block_0", load_rhs: "block_1" },
  { load_lhs: "kernel", load_rhs: "kernel", stationary: "rhs" },
])("interleaved tiles of k, %o", (fields) => {
  const blocked = run(row, { ...fields, k_tiles: "blocked" });
  const interleaved = run(row, { ...fields, k_tiles: "interleaved" });
  expect(interleaved.transfers).not.toBe(blocked.transfers);
  for (const [name, { data }] of interleaved.outputs) {
    const other = blocked.outputs.get(name)?.data ?? [];
    // Sums of 512 terms in another order.
    for (const [at, value] of data.entries()) expect(Math.abs(value - (other[at] ?? Number.NaN))).toBeLessThan(1e-3);
  }
});
