// Benchmarks of memory: what a process needs at its peak, and that a run's length makes no difference. Each program runs in
// a process of its own, which is this file with the program's size as its word.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Benchmark } from "./measure.ts";
import { cubed, expectOk, loadSample, machine, sampleStream } from "./programs.ts";

const self = fileURLToPath(import.meta.url);

/** Peak memory of a run of a product of `size` cubed (MiB). */
function peakMiB(size: number, mode: "time" | "values"): number {
  const words = ["--import", "tsx", self, String(size), mode];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

/** Linux counts what the parent process had into `maxRSS`, so there the process's own status is asked. */
function ownPeakMiB(): number {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const peakKiB = /VmHWM:\s*(\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(peakKiB) / 1024;
}

function runOnce(size: number, mode: string): void {
  const dims = cubed(size);
  const inputs = mode === "values" ? makeRandomInputs(loadSample("gemm", dims), 1) : undefined;
  expectOk(simulate(sampleStream("gemm", dims), machine, inputs));
  console.log(ownPeakMiB());
}

function peak(mode: "time" | "values"): Benchmark {
  const prepare = () => () => peakMiB(2048, mode);
  return { name: `memory, ${mode} of a product of 2048 cubed`, unit: "MiB", samples: 3, prepare };
}

const growth = () => peakMiB(8192, "time") / peakMiB(2048, "time");

export const memoryBenchmarks: readonly Benchmark[] = [
  peak("time"),
  peak("values"),
  { name: "memory, of a run 64 times as long", unit: "times", goal: 1.25, samples: 3, prepare: () => growth },
];

const [, script, size, mode = "time"] = process.argv;
if (script === self && size !== undefined) runOnce(Number(size), mode);
