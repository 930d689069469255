// `check` as a whole: right programs agree on random graphs and inputs, what fails is reported, and widening keeps the program.
import { expect, test } from "vitest";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { checkGraph } from "../../../src/driver/check.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { widenGraph, widenTensors } from "../../../src/driver/widen.ts";
import { makeCase } from "../../../src/find/fuzz/random-graph.ts";
import { check, compile, parse, simulate } from "../../../src/index.ts";

const read = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

test("no right result is refused: random graphs of all ops, in their own dtypes and widened", async () => {
  const target = read(targetByName("tiny"));
  for (let seed = 1; seed <= (process.env.TGC_LONG === undefined ? 24 : 240); seed++) {
    const steps = Array.from({ length: 8 }, (_, index) => seed * 1000 + index * 7919);
    const { graph, inputs } = makeCase({ seed, steps });
    const report = read(
      await checkGraph(graph, {
        compile: { target, strategy: "heuristic" },
        inputs,
        executors: ["tiles", "neuron"],
        gpu: undefined,
        onlyPrecise: false,
      }),
    );
    const differing = report.outputs.flatMap(({ comparisons }) => comparisons.filter(({ agree }) => !agree));
    expect([seed, printGraph(graph), differing]).toEqual([seed, printGraph(graph), []]);
  }
});

const attention = `graph g(q: bf16[2, 8, 16], k: bf16[2, 8, 16], v: bf16[2, 8, 16]) -> (y: bf16[2, 8, 16]) {
  y = cast(cast(attention(q, k, v, is_causal=true), to=f32), to=bf16)
}`;

test("the widened graph is the same graph with f32 for every float", () => {
  const graph = read(parse(attention));
  const wide = widenGraph(graph);
  expect(verifyGraph(wide)).toEqual([]);
  expect(printGraph(wide)).toBe(printGraph(graph).replaceAll("bf16", "f32"));
  const inputs = makeRandomInputs(graph, 0);
  const q = widenTensors(inputs).get("q");
  expect([q?.dtype, q?.data]).toEqual(["f32", inputs.get("q")?.data]);
});

test("a program that fits as it is and not once it is widened is checked as it is", async () => {
  // All of the weights are held on chip: 19,200 B in each of the 8 partitions, and twice that in f32.
  const text = "graph g(x: bf16[8, 64], weight w: bf16[64, 1200]) -> (y: bf16[8, 1200]) { y = matmul(x, w) }";
  const graph = read(parse(text));
  const fields = {
    load_lhs: "kernel",
    load_rhs: "kernel",
    slots_lhs: 1,
    slots_rhs: 1,
    slots_out: 1,
    others: "default",
  };
  const schedule = { name: "s", graph: "g", kernels: [{ kernel: "y", fields }] };
  const report = read(await check(graph, { target: "tiny", executors: ["neuron"], schedule }));
  expect(report.agree).toBe(true);
  expect(report.executors).toMatchObject([
    { name: "neuron", precise: false, available: true },
    { name: "neuron", precise: true, available: false },
  ]);
});

test("an executor that is not there is reported and skipped; one that fails is a difference", async () => {
  const graph = read(parse(attention));
  const absent = read(await check(graph, { target: "tiny", executors: ["webgpu"] }));
  expect(absent.agree).toBe(true);
  expect(absent.executors.map(({ available }) => available)).toEqual([false, false]);
  const schedule = { name: "s", graph: "g", kernels: [{ kernel: "nowhere", fields: {} }] };
  const failed = read(await check(graph, { target: "tiny", schedule }));
  expect(failed.agree).toBe(false);
  expect(failed.executors[0]?.diagnostics?.map(({ code }) => code)).toEqual(["E0602"]);
});

test("the library compiles, simulates and checks", async () => {
  const graph = read(parse("graph g(x: f32[4, 8], weight w: f32[8, 2]) -> (y: f32[4, 2]) { y = matmul(x, w) }"));
  const stream = read(compile(graph, { target: "tiny" })).program;
  const ran = read(simulate(stream, makeRandomInputs(graph, 0)));
  expect(ran.outputs.get("y")?.shape).toEqual([4, 2]);
  expect(read(simulate(stream)).report.timeNs).toBe(ran.report.timeNs);
  expect(read(await check(graph, { target: "tiny" })).agree).toBe(true);
  const wrong = parse("graph g(x: f32[4]) -> (y: f32[4]) { y = z }");
  expect(wrong.ok ? [] : wrong.error.map(({ code }) => code)).toEqual(["E0201"]);
});
