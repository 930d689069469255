// Benchmarks of memory: what a process needs at its peak, and that a run's length makes no difference. Each program runs in
// a process of its own (memory-run.ts).
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Benchmark } from "./measure.ts";

/** Beside the bundle that this file is part of (bundled.ts). */
const memoryRun = fileURLToPath(new URL("memory-run.mjs", import.meta.url));

/** Peak memory of a run of a product of `size` cubed (MiB). */
function peakMiB(size: number, mode: "time" | "values"): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, [memoryRun, String(size), mode], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
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
