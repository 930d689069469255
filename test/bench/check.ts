// Benchmarks of `tgc check`: the reference, which is most of what this process computes, and the whole command.
import { elementCount, makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import { opDef } from "../../ir-spec/ops/index.ts";
import { makeRandomInputs, makeRandomTensor } from "../../ir-spec/random-tensor.ts";
import { evalOp } from "../../targets/ref/eval.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { commandBenchmark } from "./compiler.ts";
import { type Benchmark, secondsOf } from "./measure.ts";
import { loadSample } from "./programs.ts";

/** The largest product of a block of GPT-2: [128, 768] by [768, 3072]. */
const [m, k, n] = [128, 768, 3072];

/** GFLOP/s of a product with the reference's own module, or with the loops of the op row. */
function productRate(useSimd: boolean): () => number {
  const lhs = makeRandomTensor({ dtype: "f32", shape: [m, k] }, 1, "lhs");
  const rhs = makeRandomTensor({ dtype: "f32", shape: [k, n] }, 1, "rhs");
  const attrs = { transpose_lhs: false, transpose_rhs: false };
  const result: Tensor = makeTensor({ dtype: "f32", shape: [m, n] });
  const run = () =>
    useSimd ? evalOp({ op: "matmul", attrs }, [lhs, rhs], [result]) : opDef("matmul").eval([lhs, rhs], attrs, [result]);
  run();
  return () => (2 * elementCount([m, k, n])) / secondsOf(run) / 1e9;
}

/** One run of the reference, with rounding; a check makes several. */
function blockRun(): () => number {
  const graph = loadSample("gpt2-block", {});
  const inputs = makeRandomInputs(graph, 1);
  const run = () => runGraph(graph, inputs, { rounding: true });
  run();
  return () => secondsOf(run);
}

export const checkBenchmarks: readonly Benchmark[] = [
  { name: "reference, a product", unit: "GFLOP/s", goal: 8, samples: 9, prepare: () => productRate(true) },
  { name: "reference, the same without SIMD", unit: "GFLOP/s", samples: 3, prepare: () => productRate(false) },
  { name: "reference, a block of GPT-2", unit: "s", samples: 5, prepare: blockRun },
  commandBenchmark("check samples/gpt2-block.tg", 8, 3),
];
