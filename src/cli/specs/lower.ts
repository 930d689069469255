// `tgc lower`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { formOption, graphOptions, json, machineOption, output, remarks, setOption, tilingOptions } from "./common.ts";

export const lowerSpec = defineCommand({
  summary: "print the tile program of a graph",
  detail:
    "The kernels as loop nests over buffers in HBM, SBUF and PSUM, as the schedule says. A program that the machine's memories do not hold is printed, too, and reported.",
  args: {
    file: {
      takes: "each",
      reads: "files",
      endings: ["tg", "tile"],
      summary: "programs (.tg), or tile programs (.tile) to verify and print, or folders of them",
    },
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
  outputEnding: () => "tile",
  examples: ["tgc lower samples/mlp.tg --strategy naive", "tgc lower samples/mlp.tg --emit normal"],
});
