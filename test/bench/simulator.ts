// Benchmarks of the simulator: how many instructions it runs per second for time alone, and how fast it multiplies.
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { type Benchmark, secondsOf } from "./measure.ts";
import { cubed, type Dims, expectOk, gpt2, loadSample, machine, sampleStream } from "./programs.ts";

/** Long enough for the clock, and for the JavaScript engine to compile what is run often. */
const sampleSeconds = 0.5;

/** Instructions per second over as many runs as a sample needs; tokens are not counted. */
function timeAlone(name: string, sample: string, dims: Dims): Benchmark {
  const prepare = () => {
    const stream = sampleStream(sample, dims);
    return () => {
      let instructions = 0;
      let seconds = 0;
      while (seconds < sampleSeconds) {
        seconds += secondsOf(() => {
          const { queues } = expectOk(simulate(stream, machine, undefined)).report;
          for (const queue of queues) instructions += queue.instructions;
        });
      }
      return instructions / seconds;
    };
  };
  return { name: `time alone, ${name}`, unit: "instructions/s", goal: 3e6, samples: 5, prepare };
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
  timeAlone("a product of 4096 cubed", "gemm", cubed(4096)),
  timeAlone("twelve layers of GPT-2", "gpt2-stack", gpt2),
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
