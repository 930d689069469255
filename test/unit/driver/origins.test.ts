// The lines that kernels come from, as profiles name them.
import { expect, test } from "vitest";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

test("a kernel has the lines of all ops that were fused into it, and of no others", () => {
  const graph =
    parseGraph(`graph g(x: bf16[128, 256], w: bf16[256, 512], v: bf16[8, 16]) -> (y: bf16[128, 512], z: bf16[8, 16]) {
  h = matmul(x, w)
  t = relu(h)
  y = t + 1
  z = exp(v)
}`);
  const options = { target: unwrap(targetByName("trn2")), strategy: "heuristic" } as const;
  const { kernels } = unwrap(profileGraph(graph, options));
  expect(kernels.map(({ lines }) => lines)).toEqual([[2, 3, 4], [5]]);
});
