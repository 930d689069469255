// One run of a product, in a process of its own: prints the process's peak memory (MiB). Words: the size, `time` or `values`.
import { existsSync, readFileSync } from "node:fs";
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { cubed, expectOk, loadSample, machine, sampleStream } from "./programs.ts";

/** Linux counts what the parent process had into `maxRSS`, so there the process's own status is asked. */
function ownPeakMiB(): number {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const peakKiB = /VmHWM:\s*(\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(peakKiB) / 1024;
}

function runOnce(size: number, mode: string | undefined): void {
  const dims = cubed(size);
  const inputs = mode === "values" ? makeRandomInputs(loadSample("gemm", dims), 1) : undefined;
  expectOk(simulate(sampleStream("gemm", dims), machine, inputs));
  console.log(ownPeakMiB());
}

const [, , size, mode] = process.argv;
runOnce(Number(size), mode);
