// The profile explains itself: the critical path adds up to the time, is a chain, and what is on it is what a faster unit saves.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { invariant, type Result } from "../../../ir-spec/base/result.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { type TimedStream, timeGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { glossary } from "../../../src/metrics/glossary.ts";
import { findPath, summarizePath } from "../../../src/trace/critical-path.ts";
import { whatIfFaster } from "../../../src/trace/what-if.ts";
import { rootFolder, runTgc } from "../../run-tgc.ts";

function expectOk<T>(result: Result<T>): T {
  invariant(result.ok, JSON.stringify(result));
  return result.value;
}

const samples = {
  "layer-norm.tg": { T: 200, D: 300 },
  "gpt2-block.tg": { T: 32, D: 64, H: 2 },
  "dataflows.tg": { M: 256, N: 512, K: 512 },
} as const;

const graphs = { "layer-norm.tg": "layer_norm", "gpt2-block.tg": "gpt2_block", "dataflows.tg": "product" } as const;

function timeSample(
  name: keyof typeof samples,
  targetName: string,
): TimedStream & { readonly target: ReturnType<typeof target> } {
  const text = readFileSync(join(rootFolder, "samples", name), "utf8");
  const { graph } = expectOk(loadGraph({ name, text }, { dims: samples[name], graph: graphs[name] }));
  const options = { target: target(targetName), strategy: "heuristic", maxTraceEvents: 1e6 } as const;
  return { ...expectOk(timeGraph(graph, options)), target: options.target };
}

const target = (name: string) => expectOk(targetByName(name));

const cases = (Object.keys(samples) as (keyof typeof samples)[]).flatMap((name) =>
  ["trn2", "tiny"].map((machine) => ({ name, machine })),
);

describe.each(cases)("$name on $machine", ({ name, machine }) => {
  const timed = timeSample(name, machine);
  const numbers = timed.target.machine;

  test("the parts of the critical path add up to the time", () => {
    const path = summarizePath(timed, numbers);
    invariant(path !== undefined, "there is a trace");
    const kernelsNs = path.kernels.reduce((sum, { ns }) => sum + ns, 0);
    expect(path.launchNs + kernelsNs + path.tokensNs + path.endNs).toBeCloseTo(timed.profile.timeNs, 3);
    expect(path.endNs).toBeCloseTo(numbers.programEndNs, 3);
    expect(path.launchNs).toBeGreaterThanOrEqual(numbers.programStartNs);
    expect(path.tokensNs).toBeGreaterThanOrEqual(0);
    for (const { parts } of path.kernels) for (const { ns } of parts) expect(ns).toBeGreaterThanOrEqual(0);
  });

  test("it is a chain in time: each step ends before the next one starts", () => {
    const steps = findPath(timed, numbers) ?? [];
    expect(steps.length).toBeGreaterThan(1);
    for (const [index, { fromNs, toNs, gapNs }] of steps.entries()) {
      const next = steps[index + 1];
      expect(toNs).toBeGreaterThanOrEqual(fromNs);
      if (next !== undefined) {
        expect(next.fromNs).toBeGreaterThanOrEqual(fromNs);
        expect(toNs + gapNs).toBeCloseTo(next.fromNs, 6);
      }
    }
  });

  test("queues are busy, waiting or idle all the time, and waits are by semaphore", () => {
    for (const { busyNs, waitingNs, idleNs, waits } of timed.profile.queues) {
      expect(busyNs + waitingNs + idleNs).toBeCloseTo(timed.profile.timeNs, 3);
      expect(waits.reduce((sum, { ns }) => sum + ns, 0)).toBeCloseTo(waitingNs, 3);
    }
  });
});

test("a unit that is never used saves nothing, and no unit saves more than half of the time", () => {
  const timed = timeSample("dataflows.tg", "trn2");
  const found = whatIfFaster(timed, timed.target.machine);
  expect(found.find(({ unit }) => unit === "pool")?.savesNs).toBe(0);
  for (const { savesNs } of found) expect(savesNs).toBeLessThanOrEqual(timed.profile.timeNs / 2);
  expect(found.map(({ savesNs }) => savesNs)).toEqual(found.map(({ savesNs }) => savesNs).toSorted((a, b) => b - a));
});

test("what bounds a large product is what is worth most to make faster", async () => {
  const options = [
    "--schedule",
    "no_reuse",
    "--target",
    "trn1",
    "--dim",
    "M=1024",
    "--dim",
    "N=2048",
    "--why",
    "--json",
  ];
  const { out } = await runTgc(["profile", "samples/dataflows.tg", ...options]);
  const { whatIf, bound } = JSON.parse(out) as {
    readonly whatIf: readonly { readonly unit: string }[];
    readonly bound: { readonly kind: string };
  };
  expect([whatIf[0]?.unit, bound.kind]).toEqual(["dma", "dma"]);
});

test("tgc explain knows every word of the glossary, and the words that they refer to", async () => {
  const words = new Set(glossary.map(({ word }) => word));
  expect(words.size).toBe(glossary.length);
  for (const { see = [] } of glossary) for (const word of see) expect(words).toContain(word);
  for (const word of ["busy", "waiting", "critical path", "dma row", "total_time"]) {
    const { out, exitCode } = await runTgc(["explain", word]);
    expect([exitCode, out.length > 40]).toEqual([0, true]);
  }
});
