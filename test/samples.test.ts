// Every graph of every sample agrees on all executors, on a real machine and on a small one, where streams are thousands of
// times as long. The usual run takes small sizes, leaves WebGPU out for graphs whose ops are in another sample too, and
// on the small machine runs in f32 alone, with WebGPU for one block, so that it stays within a minute; TGC_LONG=1 takes the
// samples as they are.
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
  "dataflows.tg": { dims: ["M=40", "N=48", "K=32"], webgpuIn: "matmul.tg" },
  "gemm.tg": { dims: ["M=40", "N=48", "K=32"], webgpuIn: "matmul.tg" },
  "gpt2-block.tg": { dims: ["T=8", "D=16", "H=2"] },
  "gpt2-stack.tg": { dims: ["T=8", "D=16", "H=2"], webgpuIn: "gpt2-block.tg" },
  "kv-cache.tg": { dims: ["S=24", "H=2"] },
  "layer-norm.tg": { dims: ["T=20", "D=48"], webgpuIn: "gpt2-block.tg" },
  "llama-block.tg": { dims: ["T=8", "D=16", "H=4", "KV=2", "F=24"] },
  "matmul.tg": { dims: ["M=150", "N=130", "K=140"] },
  "mlp.tg": { dims: ["T=1"], webgpuIn: "gpt2-block.tg" },
  "softmax.tg": { dims: ["R=130", "C=100"], webgpuIn: "gpt2-block.tg" },
  "vector-add.tg": { dims: [] },
};

const targets = ["trn2", "tiny"] as const;

const isLong = process.env.TGC_LONG !== undefined;
const samples = readdirSync(join(rootFolder, "samples")).filter((name) => name.endsWith(".tg"));
const cases = samples.flatMap((sample) => {
  const text = readFileSync(join(rootFolder, "samples", sample), "utf8");
  const graphs = [...text.matchAll(/^graph (\w+)/gm)].map((match) => match[1] ?? "");
  // The MLP's widths are numbers, which the small machine takes seconds for.
  const taken = isLong || sample !== "mlp.tg" ? targets : targets.filter((target) => target !== "tiny");
  return graphs.flatMap((graph) => taken.map((target) => ({ sample, graph, target })));
});

afterEach(() => {
  vi.unstubAllEnvs();
});

test("every sample has its small sizes, and no other file has", () => {
  expect(Object.keys(small).sort()).toEqual([...samples].sort());
});

test.each(cases)("$sample: all executors agree on $graph, $target", async (entry) => {
  const { sample, graph, target } = entry;
  const { dims, webgpuIn } = small[sample] ?? { dims: [] };
  const isSpared = webgpuIn !== undefined || (target === "tiny" && sample !== "llama-block.tg");
  if (!isLong && isSpared) vi.stubEnv("TGC_WEBGPU", "off");
  const sizes = [...dims.flatMap((dim) => ["--dim", dim]), ...(target === "tiny" ? ["--precise"] : [])];
  const program = [`samples/${sample}`, "--graph", graph, "--target", target];
  const ran = await runTgc(["check", ...program, ...(isLong ? [] : sizes), "--all-stages", "--json"]);
  const report = JSON.parse(ran.out);
  expect(ran.exitCode, ran.log).toBe(0);
  expect(report).toMatchObject({ schema: "tgc.check/1", agree: true });
  const ranOn: readonly string[] = report.executors
    .filter((executor: { available: boolean }) => executor.available)
    .map((executor: { name: string }) => executor.name);
  expect(ranOn).toEqual(expect.arrayContaining(["tiles", "neuron"]));
});

const onTrn2 = cases.filter(({ target }) => target === "trn2");
const fusions = ["off", "forced"] as const;
/** Without TGC_LONG the fusions take turns, one for each graph. */
const otherFusions = onTrn2.flatMap(({ sample, graph }, index) =>
  fusions.filter((_fuse, turn) => isLong || index % 2 === turn).map((fuse) => ({ sample, graph, fuse })),
);

test.each(otherFusions)("$sample: $graph computes the same with fusion $fuse", async ({ sample, graph, fuse }) => {
  vi.stubEnv("TGC_WEBGPU", "off");
  const sizes = (small[sample]?.dims ?? []).flatMap((dim) => ["--dim", dim]);
  const ran = await runTgc(["check", `samples/${sample}`, "--graph", graph, "--fuse", fuse, ...sizes, "--json"]);
  expect(ran.exitCode, ran.log).toBe(0);
  expect(JSON.parse(ran.out)).toMatchObject({ agree: true });
});
