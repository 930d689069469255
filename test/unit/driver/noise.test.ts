// The noise of several graphs at once, which share their exact values, against that of each by itself.
import { expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { runPasses } from "../../../passes/run.ts";
import { graphPipeline, passEnv } from "../../../src/driver/compile.ts";
import { measureNoise, measureNoises, type NoiseRun } from "../../../src/driver/noise.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { widenGraph, widenTensors } from "../../../src/driver/widen.ts";
import { parse } from "../../../src/index.ts";
import { read } from "../../bounds/noisy.ts";

const env = passEnv(read(targetByName("tiny")));

function runOf(graph: Graph, inputs: NoiseRun["inputs"]): NoiseRun {
  return { graph, expanded: read(runPasses(graphPipeline(["expand"]), graph, { env })).ir, inputs };
}

function runsOf(text: string): readonly [own: NoiseRun, wide: NoiseRun] {
  const graph = read(parse(text));
  const inputs = makeRandomInputs(graph, 0);
  return [runOf(graph, inputs), runOf(widenGraph(graph), widenTensors(inputs))];
}

const texts = {
  "composites, whose casts only one of the graphs has": `graph main(x: bf16[8, 16], weight s: bf16[16], weight w: bf16[16, 16]) -> (y: bf16[8, 16], z: bf16[8, 16]) {
    n = layer_normalization(x, s)
    y = softmax(matmul(n, w) * 0.3)
    z = gelu(n) + y
  }`,
  "integers, masks, movement and constants": `graph main(x: f16[4, 6], i: i32[3]) -> (y: f16[3, 6], m: i32[3], b: bool[6, 4]) {
    y = where(gather(x, i, axis=0) < 0.25, -gather(x, i, axis=0), 2.0)
    m = i * i + 7
    b = transpose(cast(x, to=f32)) > 0.1
  }`,
  "the same op on the same operands twice": `graph main(x: bf16[4, 6]) -> (y: bf16[4, 6], z: bf16[4, 6]) {
    y = exp(x)
    z = exp(x) * exp(x)
  }`,
};

test.each(Object.entries(texts))("%s", async (_what, text) => {
  const runs = runsOf(text);
  const together = await measureNoises(runs);
  for (const [index, { graph, expanded, inputs }] of runs.entries()) {
    const alone = await measureNoise(graph, expanded, inputs);
    expect(together[index]).toEqual(alone);
  }
});

test("graphs that have nothing in common are measured all the same", async () => {
  const [first] = runsOf(texts["the same op on the same operands twice"]);
  const [second] = runsOf(`graph main(x: bf16[4, 6]) -> (y: bf16[4, 4]) {
    y = matmul(tanh(x), x, transpose_rhs=true)
  }`);
  const together = await measureNoises([first, second]);
  for (const [index, { graph, expanded, inputs }] of [first, second].entries()) {
    expect(together[index]).toEqual(await measureNoise(graph, expanded, inputs));
  }
});
