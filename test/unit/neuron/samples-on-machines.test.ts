// Every sample compiles for every machine that ships, the stream check finds nothing, and no time is below the graph's floor; at small
// sizes, for speed. Without TGC_LONG two machines stand for the others, on which the samples take turns and no schedules are chosen.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Result } from "../../../ir-spec/base/result.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToStream } from "../../../src/driver/compile.ts";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { machineByName, machineNames } from "../../../targets/neuron/machines/index.ts";

const strategies = ["naive", "heuristic"] as const;

const samples = readdirSync("samples").filter((name) => name.endsWith(".tg"));

/** Sizes for those samples that are bigger. */
const smallSizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "attention.tg": { T: 32, D: 32, H: 2 },
  "dataflows.tg": { M: 64, N: 96, K: 64 },
  "gemm.tg": { M: 64, N: 96, K: 64 },
  "gpt2-block.tg": { T: 16, D: 32, H: 2 },
  "gpt2-stack.tg": { L: 2, T: 16, D: 32, H: 2 },
  "kv-cache.tg": { S: 16, H: 2, E: 8 },
  "layer-norm.tg": { T: 24, D: 32 },
  "llama-block.tg": { T: 16, D: 32, H: 4, KV: 2, F: 64 },
  "matmul.tg": { M: 30, N: 52, K: 20 },
  "mlp.tg": { T: 8 },
  "softmax.tg": { R: 16, C: 40 },
  "vector-add.tg": { N: 512 },
};

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe.each(machineNames)("%s", (machineName) => {
  const target = expectOk(targetByName(machineName));
  const machine = machineByName(machineName) ?? target.machine;

  /** The graphs of a sample at small sizes. */
  function graphsOf(sample: string): readonly Graph[] {
    const text = readFileSync(`samples/${sample}`, "utf8");
    const names = [...text.matchAll(/^graph (\w+)/gm)].map((match) => match[1] ?? "");
    const dims = smallSizes[sample] ?? {};
    return names.map((name) => expectOk(loadGraph({ name: sample, text }, { dims, graph: name })).graph);
  }

  const isWhole = process.env.TGC_LONG !== undefined || ["tiny", "trn2"].includes(machineName);
  const turn = machineNames.indexOf(machineName) % 2;
  const compiled = samples.filter((_sample, index) => isWhole || index % 2 === turn);
  test.each(compiled)("%s compiles, and the check finds nothing", (sample) => {
    for (const graph of graphsOf(sample)) {
      const stream = expectOk(graphToStream(graph, { target, strategy: "naive" })).value;
      expect(checkStream(stream, machine).diagnostics).toEqual([]);
    }
  });

  test.each(isWhole ? samples : [])("%s takes no less than its graph's floor, whatever the schedule", (sample) => {
    for (const graph of graphsOf(sample)) {
      const profiles = strategies.map((strategy) => expectOk(profileGraph(graph, { target, strategy })));
      const floors = profiles.map(({ bound }) => bound.graphFloorNs ?? Number.NaN);
      for (const [index, { timeNs }] of profiles.entries()) expect(timeNs).toBeGreaterThanOrEqual(floors[index] ?? 0);
      expect(new Set(floors).size).toBe(1);
    }
  });
});
