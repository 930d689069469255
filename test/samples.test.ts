// Every graph of every sample agrees on all executors. The usual run takes small sizes, and leaves WebGPU out for graphs
// whose ops stand in another sample too, so that it stays within half a minute; TGC_LONG=1 takes the samples as they are.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { rootFolder, runTgc } from "./run-tgc.ts";

interface Small {
  readonly dims: readonly string[];
  /** Which sample runs these ops on WebGPU. */
  readonly webgpuIn?: string;
}

const small: Readonly<Record<string, Small>> = {
  "attention.tg": { dims: ["T=24", "D=16", "H=2"], webgpuIn: "gpt2-block.tg" },
  "gemm.tg": { dims: ["M=40", "N=48", "K=32"], webgpuIn: "matmul.tg" },
  "gpt2-block.tg": { dims: ["T=8", "D=16", "H=2"] },
  "gpt2-stack.tg": { dims: ["T=8", "D=16", "H=2"], webgpuIn: "gpt2-block.tg" },
  "kv-cache.tg": { dims: ["S=24", "H=2"] },
  "layer-norm.tg": { dims: ["T=20", "D=48"] },
  "llama-block.tg": { dims: ["T=8", "D=16", "H=4", "KV=2", "F=24"] },
  "matmul.tg": { dims: ["M=150", "N=130", "K=140"] },
  "mlp.tg": { dims: ["T=1"], webgpuIn: "gpt2-block.tg" },
  "softmax.tg": { dims: ["R=130", "C=100"] },
  "vector-add.tg": { dims: [] },
};

const isLong = process.env.TGC_LONG !== undefined;
const samples = readdirSync(join(rootFolder, "samples")).filter((name) => name.endsWith(".tg"));
const graphs = samples.flatMap((sample) => {
  const text = readFileSync(join(rootFolder, "samples", sample), "utf8");
  return [...text.matchAll(/^graph (\w+)/gm)].map((match) => ({ sample, graph: match[1] ?? "" }));
});

afterEach(() => {
  vi.unstubAllEnvs();
});

test("every sample has its small sizes, and no other file has", () => {
  expect(Object.keys(small).sort()).toEqual([...samples].sort());
});

test.each(graphs)("$sample: all executors agree on $graph", async ({ sample, graph }) => {
  const { dims, webgpuIn } = small[sample] ?? { dims: [] };
  if (!isLong && webgpuIn !== undefined) vi.stubEnv("TGC_WEBGPU", "off");
  const sizes = isLong ? [] : dims.flatMap((dim) => ["--dim", dim]);
  const ran = await runTgc(["check", `samples/${sample}`, "--graph", graph, ...sizes, "--all-stages", "--json"]);
  const report = JSON.parse(ran.out);
  expect(ran.exitCode, ran.log).toBe(0);
  expect(report).toMatchObject({ schema: "tgc.check/1", agree: true });
  const ranOn: readonly string[] = report.executors
    .filter((executor: { available: boolean }) => executor.available)
    .map((executor: { name: string }) => executor.name);
  expect(ranOn).toEqual(expect.arrayContaining(["tiles", "neuron"]));
});
