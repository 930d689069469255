// Benchmarks of the compiler: its steps on a deep transformer, and whole processes of the command as built in dist/.
import { spawnSync } from "node:child_process";
import { graphToTiles, optimizeGraph } from "../../src/driver/compile.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { type Benchmark, secondsOf } from "./measure.ts";
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

const graph = () => loadSample("gpt2-stack", gpt2);
const tiles = () => expectOk(graphToTiles(graph(), options)).value;
const stream = () => sampleStream("gpt2-stack", gpt2);

export const compilerBenchmarks: readonly Benchmark[] = [
  step("passes", graph, (given) => expectOk(optimizeGraph(given, options.target))),
  step("passes and lowering", graph, (given) => expectOk(graphToTiles(given, options))),
  step("tiles to stream", tiles, (given) => expectOk(compileTiles(given, machine))),
  step("check of the stream", stream, (given) => checkStream(given, machine)),
  commandBenchmark("--help", 0.2),
  commandBenchmark("compile samples/mlp.tg", 0.5),
];
