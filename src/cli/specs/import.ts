// `tgc import`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const importSpec = defineCommand({
  summary: "make a program of a model in another format",
  detail:
    "Reads an ONNX model, or a program in StableHLO's text form as JAX and PyTorch/XLA export it, and writes it as a program of the language: inputs become inputs, initializers weights, nodes ops of the language, and what computes shapes is folded. With `-o model.tg` the weights go into `model.safetensors` beside it, for `--weights`. A symbolic dimension needs a size, given with `--dim`. An input that decides on shapes gets a fixed value with `--constant`. Whatever cannot be expressed is listed completely in one run, with exit code 1. `--check` runs the program on the reference with the tensors of a folder (input_0.pb, ..., output_0.pb, ..., as in the ONNX backend tests) and compares; sizes and constants that are not given are taken from them. IMPORT.md says more.",
  args: { file: { takes: "one", reads: "files", summary: "an ONNX model (.onnx) or a StableHLO program (.mlir)" } },
  options: {
    dim: {
      kind: "sizes",
      value: "name=size",
      summary: "the size of a symbolic dimension, as in batch=1; may be repeated",
    },
    constant: {
      kind: "pairs",
      value: "input=file",
      reads: "files",
      summary: "a fixed value for an input, from a file of an ONNX tensor (.pb); may be repeated",
    },
    check: { kind: "text", value: "folder", summary: "run the model on the tensors of this folder, and compare" },
    steps: {
      kind: "flag",
      summary: "keep composites, such as norms and attention, as the steps that the model has for them",
    },
    output: {
      kind: "text",
      short: "o",
      value: "path",
      writes: "file",
      summary: "write the program here, the weights beside it",
    },
    json,
  },
  examples: [
    "tgc import model.onnx -o model.tg --dim batch=1",
    "tgc import lowered.mlir -o model.tg",
    "tgc import model.onnx --constant shape=shape.pb --check test_data_set_0",
  ],
});
