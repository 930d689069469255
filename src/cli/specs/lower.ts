// `tgc lower`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { formOption, graphOptions, json, machineOption, output, remarks, setOption, tilingOptions } from "./common.ts";

export const lowerSpec = defineCommand({
  summary: "print the tile program of a graph",
  detail:
    "The kernels as loop nests over buffers in HBM, SBUF and PSUM, as the schedule says. A program that the machine's memories do not hold is printed, too, and reported.",
  args: {
    file: { takes: "one", reads: "files", summary: "a program (.tg), or a tile program (.tile) to verify and print" },
  },
  options: {
    ...graphOptions,
    target: machineOption,
    set: setOption,
    ...tilingOptions,
    emit: formOption,
    remarks,
    output,
    json,
  },
  examples: ["tgc lower samples/mlp.tg --strategy naive", "tgc lower samples/mlp.tg --emit normal"],
});
