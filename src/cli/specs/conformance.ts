// `tgc conformance`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json, machineOption, setOption } from "./common.ts";

export const conformanceSpec = defineCommand({
  summary: "run cases of the ONNX backend tests",
  detail:
    "Imports each model of a folder of cases (model.onnx, test_data_set_0/input_0.pb, ..., output_0.pb, ...), runs it on the executors that are named, and compares the outputs as the ONNX backend tests do: relative tolerance 1e-3, absolute 1e-7, and for floats narrower than f32 two units in the last place. Inputs that decide on shapes are constants with the value of the case. Prints for each op how many cases passed, failed, crashed, or are unsupported and why. Cases run side by side. Exit code 1 when one fails or crashes.",
  args: { folder: { takes: "one", summary: "a case, or a folder of cases" } },
  options: {
    on: {
      kind: "text",
      value: "list",
      default: "ref",
      summary: "executors, as in ref,neuron,webgpu; see `tgc list executors`",
    },
    filter: { kind: "text", value: "regex", summary: "run only cases whose name this JavaScript expression matches" },
    target: machineOption,
    set: setOption,
    verbose: { kind: "flag", short: "v", summary: "name every case that did not pass, with its reason" },
    json,
  },
  examples: [
    "tgc conformance onnx/backend/test/data/node",
    "tgc conformance cases --on ref,neuron --target tiny --filter softmax",
  ],
});
