// What one DMA stores of a product (`store_per`), and how many accumulators in SBUF there are (`slots_sbuf`), changes transfers and time, and no
// value: for even and uneven sizes, either operand stationary, sums in PSUM or SBUF.
import { describe, expect, test } from "vitest";
import { evalExtent } from "../../../ir-spec/affine.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { unwrap } from "../passes/support.ts";

type Fields = Readonly<Record<string, string | number | readonly string[]>>;

const target = unwrap(targetByName("tiny"));
const even = "graph g(x: f32[32, 16], w: f32[16, 64], b: f32[64]) -> (y: f32[32, 64]) { y = relu(matmul(x, w) + b) }";
const uneven = "graph g(x: f32[20, 12], w: f32[12, 37], r: f32[20, 37]) -> (y: f32[20, 37]) { y = matmul(x, w) + r }";

function run(text: string, fields: Fields) {
  const { graph } = unwrap(loadGraph({ name: "g.tg", text }, {}));
  const schedule = { name: "s", graph: "g", kernels: [{ kernel: "*", fields: { others: "default", ...fields } }] };
  const tiles = unwrap(graphToTiles(graph, { target, strategy: "heuristic", schedule })).value;
  const stream = unwrap(compileTiles(tiles, target.machine));
  expect(checkStream(stream, target.machine).diagnostics).toEqual([]);
  return {
    outputs: unwrap(simulate(stream, target.machine, makeRandomInputs(graph, 3))).outputs,
    stores: storesOf(tiles),
  };
}

/** Executed transfers to HBM, where no number of iterations depends on an index. */
function storesOf({ kernels, buffers }: TileProgram): number {
  const count = (body: readonly TileStatement[]): number =>
    body.reduce((sum, statement) => {
      if (statement.kind === "loop") return sum + evalExtent(statement.trips, []) * count(statement.body);
      if (statement.kind !== "op" || statement.op !== "dma") return sum;
      const { dst } = statement.operands as { readonly dst: { readonly buffer: number } };
      return sum + Number(buffers[dst.buffer]?.memory === "hbm");
    }, 0);
  return count(kernels.flatMap(({ body }) => body));
}

/** On tiny a tile has 8 rows of 16 columns: 4 x 4 tiles, in blocks of 2 x 2. */
const blocks = { block_m: 2, block_n: 2 };

describe("how much is stored at once", () => {
  test.each<[string, Fields, Readonly<Record<string, number>>]>([
    ["k innermost", {}, { group: 16, tile: 16, row: 8, block: 4 }],
    [
      "k outside of the tiles",
      { tile_order: ["k", "m", "n"], slots_psum: 1 },
      { group: 8, tile: 16, row: 8, block: 4 },
    ],
    ["sums in SBUF", { accumulate: "sbuf", block_k: 1 }, { group: 8, tile: 16, row: 8, block: 4 }],
    ["columns outside of rows", { tile_order: ["n", "m", "k"] }, { group: 16, tile: 16, row: 16, block: 4 }],
    ["the right operand stationary", { stationary: "rhs" }, { group: 16, tile: 16, row: 16, block: 4 }],
  ])("%s", (_, fields, wanted) => {
    const found = Object.keys(wanted).map(
      (store_per) => [store_per, run(even, { ...blocks, ...fields, store_per })] as const,
    );
    expect(Object.fromEntries(found.map(([name, { stores }]) => [name, stores]))).toEqual(wanted);
    for (const [, { outputs }] of found) expect(outputs).toEqual(found[0]?.[1].outputs);
  });
});

test.each<Fields>([
  {},
  { stationary: "rhs", tile_order: ["n", "m", "k"] },
  { accumulate: "sbuf", block_k: 1, slots_sbuf: 2 },
  { block_order: ["k", "n", "m"], accumulate: "sbuf", block_k: 1, slots_sbuf: 3 },
])("of uneven sizes, %o", (fields) => {
  const all = ["group", "tile", "row", "block"].map(
    (store_per) => run(uneven, { ...blocks, ...fields, store_per }).outputs,
  );
  const plain = run(uneven, { ...blocks, ...fields, slots_sbuf: 1 }).outputs;
  for (const outputs of all) expect(outputs).toEqual(plain);
});
