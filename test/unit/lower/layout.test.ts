// The order of axes in which results are stored: that which views of them want, so that nothing is copied.
import { expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

const target = unwrap(targetByName("tiny"));

const programs: readonly (readonly [name: string, copies: number, text: string])[] = [
  [
    "heads that are joined for a product",
    0,
    `graph g(x: bf16[3, 20, 8], w: bf16[3, 8, 8], v: bf16[24, 10]) -> (y: bf16[20, 10]) {
      y = matmul(reshape(transpose(matmul(x, w), perm=[1, 0, 2]), shape=[20, 24]), v)
    }`,
  ],
  [
    "grouped heads",
    0,
    `graph g(q: bf16[4, 12, 8], k: bf16[2, 12, 8], v: bf16[2, 12, 8], w: bf16[32, 9]) -> (y: bf16[12, 9]) {
      mixed = attention(q, k, v, is_causal=true)
      y = matmul(reshape(transpose(mixed, perm=[1, 0, 2]), shape=[12, 32]), w)
    }`,
  ],
  [
    "a result of the graph",
    0,
    `graph g(x: bf16[3, 20, 8]) -> (y: bf16[20, 24]) {
      y = reshape(transpose(exp(x), perm=[1, 0, 2]), shape=[20, 24])
    }`,
  ],
  [
    "readers that want two orders: one of them is copied",
    1,
    `graph g(x: bf16[3, 5, 7, 8]) -> (y: f32[15, 56], z: f32[35, 24]) {
      e = exp(x)
      y = cast(reshape(transpose(e, perm=[1, 0, 2, 3]), shape=[15, 56]), to=f32)
      z = cast(reshape(transpose(e, perm=[1, 2, 0, 3]), shape=[35, 24]), to=f32)
    }`,
  ],
  [
    "the value and its transpose are results",
    1,
    `graph g(x: bf16[3, 20, 8]) -> (e: bf16[3, 20, 8], y: bf16[20, 24]) {
      e = exp(x)
      y = reshape(transpose(e, perm=[1, 0, 2]), shape=[20, 24])
    }`,
  ],
];

test.each(programs)("%s", (_name, copies, text) => {
  const graph = parseGraph(text);
  const { kernels } = unwrap(graphToTiles(graph, { target, strategy: "heuristic" })).value;
  expect(kernels.filter(({ ops }) => ops.join() === "copy")).toHaveLength(copies);
  const { machine } = target;
  expect(runStages(graph, makeRandomInputs(graph, 1), { machine, strategy: "heuristic" }).kind).toBe("agrees");
});
