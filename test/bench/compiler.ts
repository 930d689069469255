// Benchmarks of the compiler: its steps on a deep transformer, and whole processes of the command as built in dist/.
import { spawnSync } from "node:child_process";
import type { Graph } from "../../ir-spec/graph.ts";
import { fuse } from "../../passes/graph/fuse.ts";
import { lowerGraph } from "../../passes/lower/lower.ts";
import { loadGraph } from "../../src/driver/choose-graph.ts";
import { graphToTiles, optimizeGraph, passEnv } from "../../src/driver/compile.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { type Benchmark, processorSecondsOf, secondsOf } from "./measure.ts";
import { expectOk, gpt2, loadSample, machine, options, sampleStream } from "./programs.ts";

/** A step on twelve layers of GPT-2; `input` makes what it works on. */
function step<T>(name: string, input: () => T, work: (input: T) => void): Benchmark {
  const prepare = () => {
    const given = input();
    return () => secondsOf(() => work(given));
  };
  return { name: `${name}, twelve layers of GPT-2`, unit: "s", samples: 3, prepare };
}

/** A whole process of the command, and the seconds that it should take at most. */
export function commandBenchmark(words: string, goal: number, samples = 5): Benchmark {
  const run = () => {
    const { status, stderr } = spawnSync(process.execPath, ["bin/tgc.js", ...words.split(" ")], { encoding: "utf8" });
    if (status !== 0) throw new Error(`tgc ${words}: ${stderr}`);
  };
  return { name: `tgc ${words}`, unit: "s", goal, samples, prepare: () => () => secondsOf(run) };
}

/** Has a process report its processor time (microseconds) at its end, beside what it prints. */
const reportTime = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    writeSync(3, String(user + system));
  });`)}`;

/** The processor time of a whole process of the command, all of its threads together. */
function processorTime(words: string, goal: number, samples = 3): Benchmark {
  const run = (): number => {
    const { status, stderr, output } = spawnSync(
      process.execPath,
      ["--import", reportTime, "bin/tgc.js", ...words.split(" ")],
      { encoding: "utf8", stdio: ["ignore", "ignore", "pipe", "pipe"] },
    );
    if (status !== 0) throw new Error(`tgc ${words}: ${stderr}`);
    return Number(output[3]) / 1e6;
  };
  return { name: `processor time of tgc ${words}`, unit: "s", goal, samples, prepare: () => run };
}

/** A graph of `steps` times two ops between two products, all in one kernel where it is so written. */
function longGraph(steps: number, isOneKernel: boolean): Graph {
  const lines = ["h = matmul(x, w)", `for i in 0..${steps} {`, "  h = tanh(h * 1.01)", "}", "y = matmul(h, w)"];
  const body = isOneKernel ? ["kernel long {", ...lines, "}"] : lines;
  const types = "x: f32[128, 128], weight w: f32[128, 128]";
  const text = [`graph long(${types}) -> (y: f32[128, 128]) {`, ...body, "}"].join("\n");
  return expectOk(loadGraph({ name: "long.tg", text }, {})).graph;
}

/** The processor time of a step on a long graph. */
function longStep(name: string, goal: number, input: () => Graph, work: (graph: Graph) => void): Benchmark {
  const prepare = () => {
    const given = input();
    return () => processorSecondsOf(() => work(given));
  };
  return { name, unit: "s", goal, samples: 3, prepare };
}

const graph = () => loadSample("gpt2-stack", gpt2);
const tiles = () => expectOk(graphToTiles(graph(), options)).value;
const stream = () => sampleStream("gpt2-stack", gpt2);

export const compilerBenchmarks: readonly Benchmark[] = [
  step("passes", graph, (given) => expectOk(optimizeGraph(given, options.target))),
  step("passes and lowering", graph, (given) => expectOk(graphToTiles(given, options))),
  step("tiles to stream", tiles, (given) => expectOk(compileTiles(given, machine))),
  step("check of the stream", stream, (given) => checkStream(given, machine)),
  longStep(
    "fuse, 16,000 ops",
    1,
    () => longGraph(8000, false),
    (given) => expectOk(fuse.run(given, { mode: "auto" }, passEnv(options.target))),
  ),
  longStep(
    "lowering of one kernel of 3,000 ops",
    4,
    () => longGraph(1500, true),
    (given) => expectOk(lowerGraph(given, { strategy: "heuristic" }, passEnv(options.target))),
  ),
  commandBenchmark("--help", 0.2),
  commandBenchmark("compile samples/mlp.tg", 0.5),
  processorTime("compile samples/mlp.tg", 0.3, 5),
  processorTime("compile test/bench/kernels/gpt2.tg --target trn2", 1.5),
  processorTime("compile test/bench/kernels/llama-prefill.tg --target trn3", 4),
];
