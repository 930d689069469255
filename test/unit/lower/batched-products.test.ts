// Products that are computed several batches at once have the results of products that are computed one by one.
import { describe, expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

type Fields = Readonly<Record<string, string | number>>;

function run(text: string, machine: string, fields: Fields) {
  const target = unwrap(targetByName(machine));
  const graph = parseGraph(text);
  const schedule = { name: "s", graph: "g", kernels: [{ kernel: "*", fields }] };
  const tiles = unwrap(graphToTiles(graph, { target, strategy: "naive", schedule })).value;
  const stream = unwrap(compileTiles(tiles, target.machine));
  expect(checkStream(stream, target.machine).diagnostics).toEqual([]);
  const { outputs } = unwrap(simulate(stream, target.machine, makeRandomInputs(graph, 7)));
  return { outputs, isBatched: tiles.loops.includes("bg") || tiles.loops.includes("bank") };
}

const programs = {
  "rows of batches are one matrix":
    "graph g(x: bf16[24, 4, 8], w: bf16[24, 8, 6]) -> (y: bf16[24, 4, 6]) { y = matmul(x, w) }",
  "all partitions have as many rows":
    "graph g(x: bf16[64, 4, 8], w: bf16[64, 8, 4]) -> (y: bf16[64, 4, 4]) { y = matmul(x, w) }",
  "a last group of fewer batches":
    "graph g(x: f32[23, 4, 8], w: f32[23, 8, 6]) -> (y: f32[23, 4, 6]) { y = matmul(x, w) }",
  "several tiles of k, the last one partial":
    "graph g(x: bf16[9, 4, 150], w: bf16[9, 150, 6]) -> (y: f32[9, 4, 6]) { y = cast(matmul(x, w), to=f32) }",
  "heads lie in the middle": `graph g(q: bf16[8, 5, 16], k: bf16[8, 5, 16]) -> (y: bf16[5, 8, 8]) {
    y = matmul(transpose(q, perm=[1, 0, 2]), transpose(k, perm=[1, 2, 0])) }`,
  "one operand for all batches":
    "graph g(x: bf16[2, 12, 4, 8], w: bf16[2, 1, 8, 6]) -> (y: bf16[2, 12, 4, 6]) { y = matmul(x, w) }",
  "an epilogue of all kinds of operands": `graph g(x: f32[7, 4, 8], w: f32[7, 8, 6], r: f32[7, 4, 6], b: f32[6], c: f32[4, 1]) -> (y: f32[7, 4, 6]) {
    y = relu(matmul(x, w) * 0.5 + b) * c + r }`,
  "single rows":
    "graph g(x: bf16[20, 1, 16], w: bf16[20, 16, 8], r: bf16[20, 1, 8]) -> (y: bf16[20, 1, 8]) { y = matmul(x, w) + r }",
  "results of more than a bank":
    "graph g(x: bf16[10, 4, 8], w: bf16[10, 8, 96]) -> (y: bf16[10, 4, 96]) { y = matmul(x, w) }",
};

const ways: readonly Fields[] = [
  { stationary: "lhs", transpose_on: "pe" },
  { stationary: "rhs", transpose_on: "pe" },
  { stationary: "lhs", transpose_on: "dma", slots_lhs: 2, slots_rhs: 2, slots_out: 3 },
];

describe.each(Object.entries(programs))("%s", (_name, text) => {
  test.each([
    ["trn2", 8],
    ["trn2", 64],
    ["tiny", 5],
  ] as const)("on %s, %i at once", (machine, batches) => {
    const one = run(text, machine, { batches: 1 });
    for (const fields of ways) {
      const several = run(text, machine, { ...fields, batches });
      expect(several.outputs).toEqual(one.outputs);
    }
  });
});

test("products of more than a tile are computed one by one", () => {
  const text = "graph g(x: bf16[4, 4, 8], w: bf16[4, 8, 600]) -> (y: bf16[4, 4, 600]) { y = matmul(x, w) }";
  expect(run(text, "trn2", { batches: 4 }).isBatched).toBe(false);
  expect(run(text.replaceAll("600", "60"), "trn2", { batches: 2 }).isBatched).toBe(true);
});

test.each([
  ["[64, 32, 64]", "[64, 64, 32]", 1.5],
  ["[256, 128, 64]", "[256, 64, 128]", 1.6],
  ["[1024, 8, 8]", "[1024, 8, 8]", 3],
])("%s times %s is near its floor", (lhs, rhs, ratio) => {
  const graph = parseGraph(`graph g(x: bf16${lhs}, w: bf16${rhs}) -> (y) { y = matmul(x, w) }`);
  const { timeNs, bound } = unwrap(
    profileGraph(graph, { target: unwrap(targetByName("trn2")), strategy: "heuristic" }),
  );
  expect(timeNs / (bound.graphFloorNs ?? 0)).toBeLessThan(ratio);
});
