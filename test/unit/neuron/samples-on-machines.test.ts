// Every sample compiles for every machine that ships, and the stream check finds nothing; at small sizes, so that it is quick.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Result } from "../../../ir-spec/base/result.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToStream } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { machineByName, machineNames } from "../../../targets/neuron/machines/index.ts";

const samples = readdirSync("samples").filter((name) => name.endsWith(".tg"));

/** Sizes for those samples that are bigger. */
const smallSizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "attention.tg": { T: 32, D: 32, H: 2 },
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

  test.each(samples)("%s", (sample) => {
    const text = readFileSync(`samples/${sample}`, "utf8");
    const names = [...text.matchAll(/^graph (\w+)/gm)].map((match) => match[1] ?? "");
    for (const name of names) {
      const dims = smallSizes[sample] ?? {};
      const { graph } = expectOk(loadGraph({ name: sample, text }, { dims, graph: name }));
      const stream = expectOk(graphToStream(graph, { target, strategy: "naive" })).value;
      expect(checkStream(stream, machine).diagnostics).toEqual([]);
    }
  });
});
