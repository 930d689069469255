// Kernels that are equal but for names and places are scheduled once, so that compile time grows with the number of different
// kernels: how often statements are priced is counted.
import { expect, test } from "vitest";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { optimizeGraph, passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { unwrap } from "../passes/support.ts";

const target = unwrap(targetByName("trn2"));

const text = `graph layers<L>(x: f32[256, 256], weight w: f32[L, 256, 512], weight v: f32[L, 512, 256]) -> (y: f32[256, 256]) {
  h = x
  for i in 0..L {
    n = h * rsqrt(reduce_mean(h * h, axes=[-1], keepdims=true) + 1e-5)
    h = h + matmul(gelu(matmul(n, w[i]), approximate="tanh"), v[i])
  }
  y = h
}`;

/** How often the lowering asks what a statement costs. */
function pricesOf(layers: number): number {
  const { graph } = unwrap(loadGraph({ name: "layers.tg", text }, { dims: { L: layers } }));
  const { value } = unwrap(optimizeGraph(graph, target));
  const env = passEnv(target);
  let prices = 0;
  const stepCost: typeof env.stepCost = (node, bufferInfo) => {
    prices++;
    return env.stepCost(node, bufferInfo);
  };
  unwrap(lowerGraph(value, { strategy: "heuristic" }, { ...env, stepCost }));
  return prices;
}

test("12 equal layers are scheduled as 3 are", () => {
  const [few, many] = [pricesOf(3), pricesOf(12)];
  // What is left is the balance of each layer's own statements.
  expect(many).toBeLessThan(1.5 * few);
});
