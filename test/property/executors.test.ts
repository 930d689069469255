// Random graphs on everything that can run them: the stages of stages.ts (reference, optimised graph, tile program,
// simulator), the graph as WGSL, and the emitted stream on WebGPU. One GPU process serves all graphs. Without an adapter the
// test is skipped, aloud. The seed is the same in every run unless TGC_SEED says otherwise; TGC_LONG makes more runs. A
// failing case prints its graph, its seed and its path.
import fc from "fast-check";
import { afterAll, describe, test } from "vitest";
import { type RandomCase, type RandomGraphOptions, smoothOps } from "../../src/find/fuzz/random-graph.ts";
import { makeNodeGpuHost } from "../../targets/gpu-host/node.ts";
import { runStreamOnGpu } from "../../targets/neuron/gpu/run.ts";
import { runGraphOnGpu } from "../../targets/webgpu/run.ts";
import { randomCase } from "./random-graph.ts";
import { randomMachine } from "./random-machine.ts";
import { choices, exactOps, productOps, stageOptions } from "./random-stages.ts";
import { type Agreement, findDifference, runStages, type StageOptions } from "./stages.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
const numRuns = isLong ? 75 : 4;

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

/** Integers only where every op is exact: functions differ by a bit, and a cast may make an integer of that. */
const kinds: readonly { readonly name: string; readonly options: RandomGraphOptions }[] = [
  { name: "smooth ops", options: { ops: smoothOps, dtypes: ["f32"], maxNodes: 6 } },
  { name: "exact ops", options: { ops: exactOps, dtypes: ["f32", "i32", "bool"], maxNodes: 6 } },
  { name: "low precision", options: { ops: smoothOps, dtypes: ["f32", "bf16", "f16"], maxNodes: 6 } },
  { name: "products", options: { ops: productOps, dtypes: ["f32", "bf16"], maxNodes: 4, maxSize: 30 } },
];

describe.skipIf(!adapter.ok)(`all executors compute the same, seed ${seed}`, () => {
  test.each(kinds)("$name", async ({ options }) => {
    await fc.assert(fc.asyncProperty(randomCase(options), stageOptions, expectAgreement), { numRuns, seed });
  });
});

describe.skipIf(!adapter.ok)(`the stream on any legal machine computes the same, seed ${seed}`, () => {
  test("products and what stands around them", async () => {
    const options: RandomGraphOptions = { ops: productOps, dtypes: ["f32", "bf16"], maxNodes: 4, maxSize: 30 };
    const property = fc.asyncProperty(randomCase(options), randomMachine, choices, (random, { machine }, choice) =>
      expectAgreement(random, { machine, ...choice }),
    );
    await fc.assert(property, { numRuns, seed });
  });
});

/** A graph that does not fit the machine is no case. */
async function expectAgreement(random: RandomCase, options: StageOptions): Promise<void> {
  const outcome = runStages(random.graph, random.inputs, options);
  if (outcome.kind === "wrong") throw new Error(`${outcome.stage}: ${outcome.why}`);
  if (outcome.kind === "agrees") await expectGpuAgreement(random, outcome, options);
}

async function expectGpuAgreement({ graph, inputs }: RandomCase, agreed: Agreement, { machine }: StageOptions) {
  const { stream, reference } = agreed;
  const graphRun = await runGraphOnGpu(graph, inputs, host);
  const streamRun = await runStreamOnGpu(stream, machine, inputs, { host });
  if (graphRun.kind !== "done") throw new Error(`webgpu: ${JSON.stringify(graphRun)}`);
  if (streamRun.kind !== "done") throw new Error(`webgpu-isa: ${JSON.stringify(streamRun)}`);
  const difference =
    findDifference("webgpu", reference, graphRun.outputs) ?? findDifference("webgpu-isa", reference, streamRun.outputs);
  if (difference?.kind === "wrong") throw new Error(`${difference.stage}: ${difference.why}`);
}
