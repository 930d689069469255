// `split-products` finds packed products however they are written, keeps every bit of what they give, and leaves alone what does not pay.
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { splitProducts } from "../../../passes/graph/split-products.ts";
import type { PassEnv, PassOutput } from "../../../passes/pass.ts";
import { makeRandomInputs } from "../../../src/api/tensors.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { graphEnv, parseGraph, runOnGraph, unwrap } from "./support.ts";

/** On a machine whose array is `peColumns` wide, where nothing has a known time. */
function split(
  graph: Graph,
  env: PassEnv = { ...graphEnv, machine: { ...graphEnv.machine, peColumns: 4 } },
): PassOutput<Graph> {
  return unwrap(splitProducts.run(runOnGraph(graph, "expand,canonicalize,cse,dce").ir, { mode: "auto" }, env));
}

const countProducts = ({ nodes }: Graph): number => nodes.filter(({ op }) => op === "matmul").length;

const program = (
  body: string,
): string => `graph g(x: bf16[3, 6], other: bf16[3, 8], w: bf16[6, 8], u: bf16[8, 6], b: bf16[8], c: bf16[3, 1]) -> (y: bf16[3, 4]) {
  ${body.trim()}
}`;

const takes = {
  split: "p, q = split(h, sizes=[4, 4], axis=1)",
  slices: "p = slice(h, starts=[0], ends=[4], axes=[1])\n  q = slice(h, starts=[-4], ends=[8], axes=[1])",
  "the other order": "q = slice(h, starts=[0], ends=[4], axes=[1])\n  p = slice(h, starts=[4], ends=[8], axes=[1])",
};
const products = {
  plain: "h = matmul(x, w)",
  transposed: "h = matmul(x, u, transpose_rhs=true)",
  "with bias": "h = matmul(x, w) + b",
  "with bias in front": "h = b + matmul(x, w)",
  "with a column, a number and another tensor": "h = relu((matmul(x, w) + b) * c * 0.5) + other",
  "by way of f32": "h = cast(cast(matmul(x, w), to=f32) * 3, to=bf16)",
};
const meetings = {
  gate: "y = silu(p) * q",
  "by ways of their own": "y = relu(exp(p) + 1) - sqrt(abs(q))",
};

describe("packed products", () => {
  const cases = Object.entries(products).flatMap(([product, made]) =>
    Object.entries(takes).flatMap(([take, taken]) =>
      Object.entries(meetings).map(([meeting, joined]) => ({
        product,
        take,
        meeting,
        body: `${made}\n  ${taken}\n  ${joined}`,
      })),
    ),
  );
  test.each(cases)("$product, $take, $meeting: two products with every bit the same", ({ body }) => {
    const graph = parseGraph(program(body));
    const { ir } = split(graph);
    expect(countProducts(ir)).toBe(2);
    expect(verifyGraph(ir)).toEqual([]);
    const inputs = makeRandomInputs(graph, 7);
    expect(runGraph(ir, inputs, { rounding: true })).toEqual(runGraph(graph, inputs, { rounding: true }));
  });

  test("of a stack of products, in three parts of other sizes", () => {
    const graph = parseGraph(`graph g(x: f32[2, 3, 5], w: f32[2, 5, 12]) -> (y: f32[2, 3, 4], z: f32[2, 3, 4]) {
  p, q, r = split(matmul(x, w), sizes=[4, 4, 4], axis=2)
  y = p * q
  z = r
}`);
    const { ir } = split(graph);
    expect(countProducts(ir)).toBe(3);
    const inputs = makeRandomInputs(graph, 1);
    expect(runGraph(ir, inputs, { rounding: true })).toEqual(runGraph(graph, inputs, { rounding: true }));
  });
});

describe("left in one product", () => {
  const others = {
    "parts that do not meet":
      "p, q = split(matmul(x, w), sizes=[4, 4], axis=1)\n  y = transpose(reshape(q, shape=[4, 3]), perm=[1, 0]) + relu(p)",
    "parts that have columns in common":
      "h = matmul(x, w)\n  y = slice(h, starts=[0], ends=[4], axes=[1]) * slice(h, starts=[2], ends=[6], axes=[1])",
    "rows that are taken apart":
      "h = matmul(x, w)\n  y = slice(h, starts=[0, 0], ends=[1, 4]) * slice(h, starts=[0, 4], ends=[3, 8])",
    "a product that something else reads":
      "h = matmul(x, w)\n  p, q = split(h, sizes=[4, 4], axis=1)\n  y = p * q + reduce_sum(h, axes=[1])",
  };
  test.each(Object.entries(others))("%s", (_name, body) => {
    const graph = parseGraph(program(body));
    expect(countProducts(split(graph).ir)).toBe(1);
  });

  test("parts that are narrower than the array", () => {
    const graph = parseGraph(program("p, q = split(matmul(x, w), sizes=[4, 4], axis=1)\n  y = p * q"));
    const env = { ...graphEnv, machine: { ...graphEnv.machine, peColumns: 5 } };
    expect(split(graph, env).ir.nodes.filter(({ op }) => op === "matmul").length).toBe(1);
  });

  test("a product that is a result", () => {
    const graph = parseGraph(`graph g(x: f32[3, 6], w: f32[6, 8]) -> (h: f32[3, 8], y: f32[3, 4]) {
  h = matmul(x, w)
  p, q = split(h, sizes=[4, 4], axis=1)
  y = p * q
}`);
    expect(countProducts(split(graph).ir)).toBe(1);
  });
});

describe("by time", () => {
  const gated = (rows: number): Graph =>
    parseGraph(`graph g(x: bf16[${rows}, 128], w: bf16[128, 512]) -> (y: bf16[${rows}, 256]) {
  p, q = split(matmul(x, w), sizes=[256, 256], axis=1)
  y = silu(p) * q
}`);
  const env = passEnv(unwrap(targetByName("trn2")));

  test("a gate over many rows is split on trn2, and the remark has both times", () => {
    const { ir, remarks } = split(gated(512), env);
    expect(countProducts(ir)).toBe(2);
    expect(remarks.map(({ kind, text }) => `${kind}: ${text.replaceAll(/[\d.]+ us/g, "TIME")}`)).toEqual([
      'done: split: matmul "%0" into products of their own for "p", "q": TIME in place of TIME',
    ]);
  });

  test("what takes longer in parts stays", () => {
    const slower = { ...env, kernelsNs: (graph: Graph) => countProducts(graph) * 1000 };
    const { ir, remarks } = split(gated(512), slower);
    expect(countProducts(ir)).toBe(1);
    expect(remarks.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'missed: not split: matmul "%0" into products of their own for "p", "q": 2.00 us in place of 1.00 us',
    ]);
  });
});
