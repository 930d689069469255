// What lowering a kernel does grows with the kernel: how often it reads the operands of its nodes is counted.
import { describe, expect, test } from "vitest";
import type { Graph, Node } from "../../../ir-spec/graph.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseGraph, runOnGraph, unwrap } from "../passes/support.ts";

const env = passEnv(unwrap(targetByName("trn2")));

/** How often a lowering reads the operands of a node. */
function readsOf(graph: Graph): number {
  let reads = 0;
  const counted = (node: Node): Node =>
    Object.defineProperty({ ...node }, "operands", {
      enumerable: true,
      get: () => {
        reads++;
        return node.operands;
      },
    });
  unwrap(lowerGraph({ ...graph, nodes: graph.nodes.map(counted) }, { strategy: "naive" }, env));
  return reads;
}

const kernelOf = (before: string, after: string, times: number): Graph =>
  runOnGraph(
    parseGraph(`graph g(x: f32[128, 128], weight w: f32[128, 128]) -> (y: f32[128, 128]) {
  kernel long {
    h = ${before}
    for i in 0..${times} {
      h = tanh(h * 1.01 + reduce_sum(h, axes=[-1], keepdims=true))
    }
    y = ${after}
  }
}`),
    "cse,dce",
  ).ir;

describe("a kernel of twice the nodes reads twice as many operands", () => {
  test.each([
    ["rows", "x * 2.0", "h * 2.0"],
    ["a product and rows", "matmul(x, w)", "h * 2.0"],
    ["rows between products", "matmul(x, w)", "matmul(h, w)"],
  ])("%s", (_name, before, after) => {
    const [once, twice] = [20, 40].map((times) => readsOf(kernelOf(before, after, times))) as [number, number];
    expect(twice / once).toBeLessThan(2.1);
  });
});
