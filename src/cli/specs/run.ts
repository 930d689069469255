// `tgc run`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import {
  anyStage,
  executorChoices,
  graphOptions,
  json,
  remarks,
  runMachineOption,
  setOption,
  tensorOptions,
  tilingOptions,
  traceOption,
} from "./common.ts";

export const runSpec = defineCommand({
  summary: "run a program and print a summary of its outputs",
  detail:
    "Parameters without a tensor get reproducible random values that depend on `--seed` and the parameter's name. `--out` writes the outputs into one file where its name ends in .npz, .safetensors, or for one output .npy or .pb (ONNX), else into a folder, each as .npy; what a file name cannot hold is written as `%` and its code. A tile program, as `tgc lower` prints it, runs on tiles, neuron and webgpu-isa; an instruction stream on neuron and webgpu-isa. A stream is proven right before it runs.",
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
    out: {
      kind: "text",
      value: "dir",
      writes: "folder",
      summary: "write the outputs into this folder as .npy, or into this file (.npz, .safetensors, .npy, .pb)",
    },
    trace: traceOption,
    remarks,
    json,
  },
  examples: [
    "tgc run samples/mlp.tg --on ref",
    "tgc run samples/mlp.tg --input x=x.npy --weights w.safetensors --out out",
    "tgc run samples/mlp.tg --input x=input_0.pb --out outputs.npz",
    "tgc compile samples/mlp.tg -o mlp.s && tgc run mlp.s",
    "tgc run mlp.s --on webgpu-isa",
  ],
});
