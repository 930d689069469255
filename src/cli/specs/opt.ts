// `tgc opt`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import {
  dotOption,
  fuseOption,
  graphOptions,
  graphOrTiles,
  json,
  machineOption,
  output,
  remarks,
  setOption,
  tilingOptions,
} from "./common.ts";

export const optSpec = defineCommand({
  summary: "run passes on a graph or a tile program and print it",
  detail:
    "Without `--passes`, runs those that `tgc compile` runs on graphs, or on tile programs where the file holds one. The pass `lower` makes a tile program of a graph, as the file's schedule says. See PASSES.md for all passes and their options.",
  args: { file: graphOrTiles },
  options: {
    ...graphOptions,
    passes: {
      kind: "text",
      value: "list",
      isEmptyTaken: true,
      summary: 'passes in order: "canonicalize,constant-fold{max_elements=64}"',
    },
    fuse: fuseOption,
    target: machineOption,
    set: setOption,
    schedule: tilingOptions.schedule,
    printAfterAll: { kind: "flag", summary: "print the program after every pass" },
    printChanged: { kind: "flag", summary: "print the program after every pass that changed it" },
    timePasses: { kind: "flag", summary: "print how long each pass took" },
    remarks,
    dot: dotOption,
    output,
    json,
  },
  outputEnding: ({ passes, dot }, ending) => {
    if (dot === true) return "dot";
    return typeof passes === "string" && /\blower\b/.test(passes) ? "tile" : ending;
  },
  examples: [
    'tgc opt samples/mlp.tg --passes "canonicalize,cse" --remarks',
    "tgc opt samples/mlp.tg --print-changed",
    "tgc opt samples/mlp.tg --dot -o mlp.dot",
    "tgc lower samples/softmax.tg --strategy naive -o softmax.tile && tgc opt softmax.tile --remarks",
  ],
});
