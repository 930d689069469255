// `npm run bench:kernels`: the time of emitted code against the floor of its graph, for the kernels that transformers are made of.
// Words pick cases by name; `--targets trn1,trn2` picks machines (trn2 by default), `--json` prints for a program to read. The
// ratio counts launch, end, the first load and the last store into the floor: no program is without them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import { formatBytes, formatNs } from "../../ir-spec/base/format-numbers.ts";
import type { Result } from "../../ir-spec/base/result.ts";
import { loadGraph } from "../../src/driver/choose-graph.ts";
import { type Profile, profileGraph } from "../../src/driver/profile.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { left, right, textTable } from "../../src/report/text-table.ts";

interface KernelCase {
  readonly name: string;
  /** In the folder `kernels`. */
  readonly program: string;
  readonly dims?: Readonly<Record<string, number>>;
}

const cases: readonly KernelCase[] = [
  { name: "gemm-4096x8192x8192", program: "gemm", dims: { M: 4096, K: 8192, N: 8192 } },
  { name: "gemm-kt-4096x8192x8192", program: "gemm-kt", dims: { M: 4096, K: 8192, N: 8192 } },
  { name: "gemm-2048", program: "gemm", dims: { M: 2048, K: 2048, N: 2048 } },
  { name: "gemm-kt-2048", program: "gemm-kt", dims: { M: 2048, K: 2048, N: 2048 } },
  { name: "gemm-997", program: "gemm", dims: { M: 997, K: 997, N: 997 } },
  { name: "gemm-128x4096x11008", program: "gemm", dims: { M: 128, K: 4096, N: 11008 } },
  { name: "gemv-1x4096x4096", program: "gemm", dims: { M: 1, K: 4096, N: 4096 } },
  { name: "gemm-bias-gelu-4096", program: "gemm-gelu" },
  { name: "swiglu-2048x4096x14336", program: "swiglu" },
  { name: "attention-16x4096x128", program: "attention" },
  { name: "attention-causal", program: "attention-causal" },
  { name: "head-4096x128", program: "attention", dims: { H: 1 } },
  { name: "rms-qkv", program: "rms-qkv" },
  { name: "softmax-4096x8192", program: "softmax" },
  { name: "softmax-8x65536", program: "softmax", dims: { R: 8, C: 65536 } },
  { name: "layernorm-4096x8192", program: "layernorm" },
  { name: "group-norm-64x32x8x1024", program: "group-norm" },
  { name: "column-sums-16384x1024", program: "column-sums" },
  { name: "rope-64x4096x128", program: "rope" },
  { name: "decode-attention", program: "decode-attention", dims: { B: 8, C: 4096 } },
  { name: "gpt2-12", program: "gpt2" },
  // As many layers as fit in the HBM of each machine that has one chip's core for itself.
  { name: "llama-prefill-28", program: "llama-prefill", dims: { L: 28 } },
  { name: "llama-decode-20", program: "llama-decode", dims: { L: 20 } },
];

interface KernelResult {
  readonly name: string;
  readonly machine: string;
  readonly compileAndSimulateS: number;
  readonly profile: Result<Profile>;
}

function measure({ name, program, dims = {} }: KernelCase, machine: string): KernelResult {
  const start = performance.now();
  const text = readFileSync(join("test/bench/kernels", `${program}.tg`), "utf8");
  const loaded = loadGraph({ name: `${program}.tg`, text }, { dims });
  const target = targetByName(machine);
  const profile = profileOf(loaded, target);
  return { name, machine, compileAndSimulateS: (performance.now() - start) / 1000, profile };
}

function profileOf(loaded: ReturnType<typeof loadGraph>, target: ReturnType<typeof targetByName>): Result<Profile> {
  if (!loaded.ok) return loaded;
  return target.ok ? profileGraph(loaded.value.graph, { target: target.value, strategy: "heuristic" }) : target;
}

/** One line of the table; a case that fails says why in place of its time. */
function row({ name, machine, compileAndSimulateS, profile }: KernelResult): readonly string[] {
  const took = `${compileAndSimulateS.toFixed(1)} s`;
  if (!profile.ok) {
    const [first] = profile.error;
    const why = first === undefined ? "failed" : `${first.code}: ${errorMessage(first.code, first.args)}`;
    return [name, machine, why, "", "", "", "", took];
  }
  const { timeNs, bound, hbm, kernels } = profile.value;
  const floorNs = bound.graphFloorNs ?? Number.NaN;
  const bytes = formatBytes(hbm.readBytes + hbm.writeBytes);
  const floor = `${formatNs(floorNs)} ${bound.graphFloor?.kind ?? ""}`;
  return [name, machine, formatNs(timeNs), floor, (timeNs / floorNs).toFixed(2), bytes, String(kernels.length), took];
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { targets: { type: "string", default: "trn2" }, json: { type: "boolean", default: false } },
  });
  const chosen = cases.filter(
    ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
  );
  const results = chosen.flatMap((each) => values.targets.split(",").map((machine) => measure(each, machine)));
  if (values.json) {
    console.log(JSON.stringify(results, undefined, 2));
    return;
  }
  const headings = ["time", "floor", "ratio", "HBM bytes", "kernels", "took"].map(right);
  console.log(textTable([left("case"), left("machine"), ...headings], results.map(row)));
}

main();
