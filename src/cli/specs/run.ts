// `tgc run`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import {
  anyStage,
  executorChoices,
  graphOptions,
  json,
  runMachineOption,
  setOption,
  tensorOptions,
  tilingOptions,
  traceOption,
} from "./common.ts";

export const runSpec = defineCommand({
  summary: "run a program and print a summary of its outputs",
  detail:
    "Parameters without a tensor get reproducible random values that depend on `--seed` and the parameter's name. `--out` writes each output as .npy; what a file name cannot hold is written as `%` and its code. A tile program, as `tgc lower` prints it, runs on tiles, neuron and webgpu-isa; an instruction stream on neuron and webgpu-isa. A stream is proven right before it runs.",
  args: { file: anyStage },
  options: {
    ...graphOptions,
    on: {
      kind: "choice",
      value: "executor",
      choices: executorChoices,
      default: "neuron",
      summary: "what runs it: ref, tiles, neuron, webgpu or webgpu-isa",
    },
    target: runMachineOption,
    set: setOption,
    ...tilingOptions,
    ...tensorOptions,
    out: { kind: "text", value: "dir", writes: "folder", summary: "write each output into this folder, as .npy" },
    trace: traceOption,
    json,
  },
  examples: [
    "tgc run samples/mlp.tg --on ref",
    "tgc run samples/mlp.tg --input x=x.npy --weights w.safetensors --out out",
    "tgc compile samples/mlp.tg -o mlp.s && tgc run mlp.s",
    "tgc run mlp.s --on webgpu-isa",
  ],
});
