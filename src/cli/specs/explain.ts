// `tgc explain`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { graphOptions, json, runMachineOption, setOption, tilingOptions } from "./common.ts";

export const explainSpec = defineCommand({
  summary:
    "explain an error code, op, pass, instruction, machine, schedule field, metric, lint or term; or a place in a program",
  detail:
    "A word gets the same text as in the generated references. With `--at`, the argument is a program (.tg), and the place in it is followed through the compiler: what each pass did to its ops and said of them, the kernels that they became part of with their schedules, the statements and instructions that come from them, how often these are executed, what time they take, and how much of that is on the critical path. A statement that is fused of several ops counts for each of them.",
  args: {
    subject: { takes: "one", summary: "E0302, softmax, fuse, matmul, trn2, tile_m, waiting, ...; with --at a file" },
  },
  options: {
    at: {
      kind: "text",
      value: "place",
      summary: "a place in the program: a line, `line:column`, or the name of a value",
    },
    ...graphOptions,
    target: runMachineOption,
    set: setOption,
    ...tilingOptions,
    json,
  },
  examples: [
    "tgc explain E0302",
    "tgc explain softmax",
    "tgc explain waiting",
    "tgc explain --at 5 samples/mlp.tg",
    "tgc explain --at h samples/mlp.tg --target trn1",
  ],
});
