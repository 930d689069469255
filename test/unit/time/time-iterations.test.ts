// The time of a kernel by going through all iterations: by hand where it can be said, and beside the simulator's.
import { describe, expect, test } from "vitest";
import type { StepTime } from "../../../ir-spec/cost.ts";
import { parseTileProgram } from "../../../ir-spec/parse-tile.ts";
import { measureTrial } from "../../../passes/schedule/measure-trial.ts";
import { makeBandwidth, reserve } from "../../../passes/time/shared-bandwidth.ts";
import { timeIterations } from "../../../passes/time/time-iterations.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { answerStep } from "../../../src/tune/answer-step.ts";
import { openKernels } from "../../../src/tune/open-kernels.ts";

/** A transfer takes 10 ns beside others and 30 ns alone, an engine 20 ns. */
const costs: { readonly [U in "dma" | "act"]: StepTime } = {
  dma: { unit: "dma", issueNs: 5, busyNs: 10, latencyNs: 30, leadNs: 0 },
  act: { unit: "act", issueNs: 20, busyNs: 20, latencyNs: 25, leadNs: 0 },
};

const hopNs = 2;

const tiny = targetByName("tiny");
if (!tiny.ok) throw new Error("there is a target `tiny`");
/** Its costs are those above. */
const machine = {
  ...tiny.value.machine,
  dmaStartNs: 15,
  dmaDescriptorTailNs: 0,
  dmaFinishNs: 5,
  semaphoreHopNs: hopNs,
};

function run(trips: number, slots: number): number | undefined {
  const read = parseTileProgram({
    name: "p.tile",
    text: `program p
hbm x: f32[${trips * 4}, 8] input
hbm y: f32[${trips * 4}, 8] output
kernel y (relu) {
  for m in 0..${trips} {
    sbuf h: f32[4, 8] x${slots}
    dma h[0; 4; 8:1] <- x[32*m; 4:8; 8:1]
    activation h[0; 4; 8:1] <- h[0; 4; 8:1], func=relu
    dma y[32*m; 4:8; 8:1] <- h[0; 4; 8:1]
  }
}
`,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.error.map(({ code, args }) => [code, args])));
  const { kernels, buffers } = read.value;
  const body = kernels[0]?.body ?? [];
  const bufferInfo = (id: number) => buffers[id] as (typeof buffers)[number];
  const stepCost = ({ op }: { readonly op: string }): StepTime => (op === "dma" ? costs.dma : costs.act);
  return timeIterations({ body, bufferInfo, stepCost, machine });
}

describe("going through all iterations", () => {
  test("one iteration is load, hop, engine, hop, store", () => {
    expect(run(1, 2)).toBe(30 + hopNs + 25 + hopNs + 30);
  });

  test("with slots enough the slowest unit decides, filled once and drained once", () => {
    expect(run(50, 8)).toBe(30 + hopNs + 49 * 20 + 25 + hopNs + 30);
  });

  test("with one slot all take turns", () => {
    expect(run(50, 1)).toBe(50 * (30 + hopNs + 25 + hopNs + 30) + 49 * hopNs);
  });

  test("too many iterations are not gone through", () => {
    expect(run(100_000, 2)).toBeUndefined();
  });
});

test("bandwidth is taken where it is free, whoever asks first", () => {
  const dma = makeBandwidth();
  expect(reserve(dma, 1000, 300)).toBe(1300);
  expect(reserve(dma, 1100, 100)).toBe(1400);
  expect(reserve(dma, 0, 200)).toBe(200);
  expect(reserve(dma, 850, 250)).toBe(1500);
});

describe.each([
  { machine: "trn2", M: 997, N: 997, K: 997 },
  { machine: "trn2", M: 1024, N: 640, K: 2560 },
  { machine: "tiny", M: 20, N: 30, K: 50 },
])("a product of %o", ({ machine: name, ...dims }) => {
  test("takes about what the simulator says, whatever its schedule", () => {
    const text = "graph g<M, N, K>(x: bf16[M, K], w: bf16[K, N]) -> (y: bf16[M, N]) { y = matmul(x, w) }";
    const loaded = loadGraph({ name: "g.tg", text }, { dims });
    const target = targetByName(name);
    if (!loaded.ok || !target.ok) throw new Error("the program is wrong");
    const opened = openKernels(loaded.value.graph, { target: target.value, strategy: "heuristic" });
    if (!opened.ok) throw new Error("it does not compile");
    const { kernels, env } = opened.value;
    const [kernel] = kernels;
    if (kernel === undefined) throw new Error("it has no kernel");
    const points = [kernel.chosen, ...kernel.candidates.slice(0, 6)];
    const { found } = answerStep(kernel, { kind: "simulate", points }, env);
    const { programStartNs, programEndNs } = env.machine;
    for (const [at, fields] of points.entries()) {
      const timeNs = measureTrial(kernel.lower(fields), env, 1000).iteratedNs("staged") ?? 0;
      const simulatedNs = Number(found[at]) - programStartNs - programEndNs;
      expect(timeNs / simulatedNs).toBeGreaterThan(0.75);
      expect(timeNs / simulatedNs).toBeLessThan(1.15);
    }
    expect(Number(found[0])).toBeLessThanOrEqual(1.02 * Math.min(...found.map(Number)));
  });
});
