// What exact inputs a program is worth: small ones try all fills, large ones the first that their sums have room for, by shapes
// alone; and the run on them is left to the faster executors where there is much to compute.
import { expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { findExactInputs } from "../../../src/driver/exact.ts";
import { chooseFills, workOf } from "../../../src/driver/exact-fill.ts";
import { check, parse } from "../../../src/index.ts";
import { read } from "../../bounds/noisy.ts";

const choose = (text: string) => {
  const graph = read(parse(text));
  return chooseFills(graph, new Set(graph.nodes.flatMap(({ results }) => results)));
};

const product = (size: number, dtype: string): string =>
  `graph g(a: ${dtype}[${size}, ${size}], b: ${dtype}[${size}, ${size}]) -> (c: ${dtype}[${size}, ${size}]) { c = matmul(a, b) }`;

test("small programs try all fills", () => {
  expect(choose(product(64, "bf16"))).toMatchObject({ kind: "try", fills: { length: 4 } });
});

test.each([
  ["f32", 2048, { largest: 3, oneIn: 1 }],
  ["bf16", 2048, { largest: 1, oneIn: 1 }],
  ["bf16", 8192, { largest: 1, oneIn: 4 }],
] as const)("%s products of size %d", (dtype, size, fill) => {
  expect(choose(product(size, dtype))).toEqual({ kind: "try", fills: [fill] });
});

test("sums that have no room are known without an evaluation", () => {
  const text = `graph g(a: bf16[2048, 2048], b: bf16[2048, 2048]) -> (c: bf16[2048, 2048]) {
    c = matmul(matmul(matmul(a, b), b), b)
  }`;
  expect(choose(text)).toEqual({ kind: "hopeless", op: "matmul" });
  const graph = read(parse(text));
  const none = new Map();
  expect(findExactInputs(graph, graph, none)).toEqual({
    found: undefined,
    inexact: new Map([["c", { op: "matmul", why: "rounds" }]]),
  });
});

test("work is multiply-adds and elements", () => {
  const graph = read(parse("graph g(a: f32[3, 4], b: f32[4, 5]) -> (c: f32[3, 5]) { c = relu(matmul(a, b)) }"));
  expect(workOf(graph, graph.nodes)).toBe(3 * 4 * 5 + 3 * 5);
});

test("the fill that the sizes promise is exact, and much work is left out where it is slow, which the report says", async () => {
  const text = "graph g(a: bf16[1024, 1024], b: bf16[1024, 1024]) -> (c: bf16[1024, 1024]) { c = matmul(a, b) }";
  const graph = read(parse(text));
  const { found, inexact } = findExactInputs(graph, graph, makeRandomInputs(graph, 0));
  expect([...inexact]).toEqual([]);
  expect(found).toMatchObject({ what: "integers from -1 to 1", work: 2 ** 30 });
  const larger = read(
    parse(
      text.replace("b: bf16[1024, 1024]", "b: bf16[1024, 1025]").replace("c: bf16[1024, 1024]", "c: bf16[1024, 1025]"),
    ),
  );
  const report = read(await check(larger, { target: "tiny", executors: ["webgpu"] }));
  expect(report.exact?.executors).toEqual([
    {
      name: "webgpu",
      precise: false,
      available: false,
      reason: expect.stringContaining("no exact run: 1074790400 multiply-adds"),
    },
  ]);
});
