// The run on exact inputs: what it finds, that its results are the same in every order of sums and with or without roundings,
// and that one wrong bit is reported.
import { expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { runPasses } from "../../../passes/run.ts";
import { checkGraph } from "../../../src/driver/check.ts";
import { compareExactly } from "../../../src/driver/compare.ts";
import { graphPipeline, passEnv } from "../../../src/driver/compile.ts";
import { type ExactSearch, findExactInputs } from "../../../src/driver/exact.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { makeCase } from "../../../src/find/fuzz/random-graph.ts";
import { check, parse } from "../../../src/index.ts";
import { printCheck } from "../../../src/report/print-check.ts";
import { read, type Tensors } from "../../bounds/noisy.ts";
import { runInOtherOrder } from "../../bounds/other-order.ts";

const tiny = read(targetByName("tiny"));

const expand = (graph: Graph): Graph => read(runPasses(graphPipeline(["expand"]), graph, { env: passEnv(tiny) })).ir;

const search = (graph: Graph, inputs: Tensors = makeRandomInputs(graph, 0)): ExactSearch =>
  findExactInputs(graph, expand(graph), inputs);

const layers = `graph g(x: bf16[24, 64], weight v: bf16[64, 96], weight w: bf16[96, 32]) -> (y: bf16[24, 32], z: bf16[24, 96]) {
  h = relu(matmul(x, v))
  y = matmul(h, w) * 0.5
  z = exp(h)
}`;

test("products and rectifiers have exact inputs, and what a function makes is left out with its name", async () => {
  const graph = read(parse(layers));
  const { found, inexact } = search(graph);
  expect([...(found?.wanted.keys() ?? [])]).toEqual(["y"]);
  expect([...inexact]).toEqual([["z", { op: "exp", why: "rounds" }]]);
  expect(found?.wanted.get("y")?.data.some((x) => x !== 0)).toBe(true);
  const report = read(await check(graph, { target: "tiny", executors: ["tiles", "neuron"] }));
  expect(report.agree).toBe(true);
  expect(report.exact?.outputs).toMatchObject([
    {
      name: "y",
      comparisons: [
        { b: "tiles", agree: true, maxAbsError: 0, bound: 0 },
        { b: "neuron", agree: true },
      ],
    },
    { name: "z", comparisons: [], inexact: "exp" },
  ]);
});

test("a program of functions has no exact run, and says why", async () => {
  const report = read(await check(read(parse(`graph g(x: f32[4, 8]) -> (y: f32[4, 8]) { y = softmax(x) }`)), {}));
  expect(report.exact).toEqual({
    inputs: null,
    executors: [],
    outputs: [{ name: "y", comparisons: [], inexact: "softmax" }],
  });
});

test("what an index out of range picks is no number, which is said as such", async () => {
  const graph = read(parse(`graph g(t: f32[10, 4], i: i32[3]) -> (y: f32[3, 4]) { y = gather(t, i) }`));
  const inputs = new Map(makeRandomInputs(graph, 0));
  inputs.set("i", { dtype: "i32", shape: [3], data: Float64Array.of(1, 10, 2) });
  const { found, inexact } = search(graph, inputs);
  expect(found).toBeUndefined();
  expect([...inexact]).toEqual([["y", { op: "gather", why: "not finite" }]]);
  const report = read(await check(graph, { inputs, executors: ["tiles"] }));
  expect(report.exact?.outputs).toEqual([{ name: "y", comparisons: [], inexact: "gather", isNotFinite: true }]);
  expect(printCheck(report)).toContain("no exact run of y: gather gives NaN or an infinity");
});

test("one wrong bit is reported; the sign of a zero is not", () => {
  const graph = read(parse(layers));
  const wanted = search(graph).found?.wanted.get("y");
  if (wanted === undefined) throw new Error("no exact inputs");
  const names = { a: "ref", b: "other", precise: false };
  const at = wanted.data.findIndex((x) => x !== 0);
  const wrong = { ...wanted, data: wanted.data.with(at, wanted.data[at]! * (1 + 2 ** -7)) };
  expect(compareExactly(names, wrong, wanted)).toMatchObject({ agree: false, differingElements: 1 });
  const signed = { ...wanted, data: wanted.data.map((x) => (x === 0 ? -0 : x)) };
  expect(compareExactly(names, signed, wanted).agree).toBe(true);
  expect(compareExactly(names, { ...wanted, data: wanted.data.map(() => Number.NaN) }, wanted).agree).toBe(false);
});

test("exact results are the same in every order, with and without roundings, on random graphs", async () => {
  let compared = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const steps = Array.from({ length: 8 }, (_, index) => seed * 1000 + index * 7919);
    const { graph, inputs } = makeCase({ seed, steps });
    const { found } = search(graph, inputs);
    if (found === undefined) continue;
    const other = runInOtherOrder(expand(graph), found.inputs, seed);
    for (const [name, wanted] of found.wanted) {
      const comparison = compareExactly({ a: "ref", b: "other", precise: false }, other.get(name), wanted);
      expect([seed, name, comparison.agree, printGraph(graph)]).toEqual([seed, name, true, printGraph(graph)]);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(60);
});

test("executors agree bit for bit on the exact inputs of random graphs", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const steps = Array.from({ length: 8 }, (_, index) => seed * 1000 + index * 7919);
    const { graph, inputs } = makeCase({ seed, steps }, { maxSize: 30, maxRank: 3 });
    const report = read(
      await checkGraph(graph, {
        compile: { target: tiny, strategy: "heuristic" },
        inputs,
        executors: ["tiles", "neuron"],
        gpu: undefined,
        onlyPrecise: false,
      }),
    );
    const differing = report.exact?.outputs.flatMap(({ comparisons }) => comparisons.filter(({ agree }) => !agree));
    expect([seed, differing, printGraph(graph)]).toEqual([seed, [], printGraph(graph)]);
  }
});
