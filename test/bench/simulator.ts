// Benchmarks of the simulator: how many instructions it runs per second for time alone, and how fast it multiplies.
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { type Benchmark, secondsOf } from "./measure.ts";
import { cubed, type Dims, expectOk, gpt2, loadSample, machine, sampleStream } from "./programs.ts";

/** Long enough for the clock, and after a warm-up in which the JavaScript engine compiles what is run often. */
const sampleSeconds = 0.5;
const warmUpSeconds = 2;

/**
 * Executed instructions per second, over as many runs as a sample needs: all of the instruction table, or those that an
 * engine works on, which leaves out acquire and release.
 */
function timeAlone(name: string, counted: "all" | "work", sample: string, dims: Dims): Benchmark {
  const prepare = () => {
    const stream = sampleStream(sample, dims);
    const { executedInstructions, executedTokens } = checkStream(stream, machine);
    const instructions = executedInstructions - (counted === "all" ? 0 : executedTokens);
    const rateOver = (wantedSeconds: number) => {
      let [runs, seconds] = [0, 0];
      for (; seconds < wantedSeconds; runs++)
        seconds += secondsOf(() => expectOk(simulate(stream, machine, undefined)));
      return (runs * instructions) / seconds;
    };
    rateOver(warmUpSeconds);
    return () => rateOver(sampleSeconds);
  };
  const goal = counted === "all" ? { goal: 3e6 } : {};
  const suffix = counted === "all" ? "" : ", tokens not counted";
  return { name: `time alone, ${name}${suffix}`, unit: "instructions/s", ...goal, samples: 5, prepare };
}

/** One run with values: gives its seconds and its multiplications and additions. */
function valueRun(sample: string, dims: Dims, useSimd = true): () => { seconds: number; flops: number } {
  const inputs = makeRandomInputs(loadSample(sample, dims), 1);
  const stream = sampleStream(sample, dims);
  return () => {
    let flops = 0;
    const seconds = secondsOf(() => {
      flops = expectOk(simulate(stream, machine, inputs, { useSimd })).report.flops;
    });
    return { seconds, flops };
  };
}

function productRate(useSimd: boolean): () => number {
  const run = valueRun("gemm", cubed(2048), useSimd);
  return () => {
    const { seconds, flops } = run();
    return flops / seconds / 1e9;
  };
}

function sampleSecondsOf(sample: string): () => number {
  const run = valueRun(sample, {});
  return () => run().seconds;
}

export const simulatorBenchmarks: readonly Benchmark[] = [
  timeAlone("a product of 4096 cubed", "all", "gemm", cubed(4096)),
  timeAlone("a product of 4096 cubed", "work", "gemm", cubed(4096)),
  timeAlone("twelve layers of GPT-2", "all", "gpt2-stack", gpt2),
  timeAlone("twelve layers of GPT-2", "work", "gpt2-stack", gpt2),
  {
    name: "values, a bf16 product of 2048 cubed",
    unit: "GFLOP/s",
    goal: 10,
    samples: 5,
    prepare: () => productRate(true),
  },
  { name: "values, the same without SIMD", unit: "GFLOP/s", samples: 1, prepare: () => productRate(false) },
  { name: "values, a block of GPT-2", unit: "s", samples: 5, prepare: () => sampleSecondsOf("gpt2-block") },
];
