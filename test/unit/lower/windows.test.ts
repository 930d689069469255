// Attention within a window: blocks of keys before it and after it are not computed.
import { expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

const tiny = machineByName("tiny");
if (tiny === undefined) throw new Error("no machine tiny");

const windowed = (tokens: number, width: number, size: number) =>
  parseGraph(`graph g<T = ${tokens}>(q: bf16[2, T, ${size}], k: bf16[2, T, ${size}], v: bf16[2, T, ${size}]) -> (y: bf16[2, T, ${size}]) {
  i = iota(shape=[T, T], axis=0, dtype=i32)
  j = iota(shape=[T, T], axis=1, dtype=i32)
  m = logical_and(j <= i, i - j < ${width})
  s = matmul(q, k, transpose_rhs=true)
  y = matmul(softmax(where(m, s * 0.25, -inf), axis=-1), v)
}`);

test.each([
  ["a window of a tile and a half", 48, 12, 0],
  ["a short last tile, masked on the way out of PSUM", 44, 12, 1],
  ["a window of one key", 40, 1, 0],
])("%s has the values of the reference", (_name, tokens, width, dveRangeSelect) => {
  const graph = windowed(tokens, width, 6);
  const machine = { ...tiny, dveRangeSelect };
  const outcome = runStages(graph, makeRandomInputs(graph, 1), { machine, strategy: "heuristic" });
  expect(outcome).toMatchObject({ kind: "agrees" });
});

test("each tile of rows computes the blocks that its window meets, and no others", () => {
  const [tokens, width, size, tile] = [1024, 256, 128, 128];
  const target = unwrap(targetByName("trn2"));
  const { flops } = unwrap(profileGraph(windowed(tokens, width, size), { target, strategy: "heuristic" }));
  let blocks = 0;
  for (let row = 0; row < tokens; row += tile)
    for (let key = 0; key < tokens; key += tile) if (key <= row + tile - 1 && row - (key + tile - 1) < width) blocks++;
  expect(flops).toBe(2 * 2 * 2 * blocks * tile * tile * size);
});
