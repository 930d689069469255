// `tgc compile`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import {
  emitChoices,
  graphOptions,
  graphOrTiles,
  json,
  output,
  remarks,
  setOption,
  targetOption,
  tilingOptions,
} from "./common.ts";

/** Of the file of a stage. */
const endings: Readonly<Record<string, string>> = {
  ...{ graph: "tg", fused: "tg", tiles: "tile", asm: "s", normal: "normal", bin: "bin", wgsl: "wgsl" },
};

export const compileSpec = defineCommand({
  summary: "compile a graph or a tile program for a target",
  detail:
    "Reads a program, optimises the graph, tiles it and emits the target's program. `--emit` stops at another stage and prints that: the graph as read, the fused graph, the tile program, the target's program in its normal form, or the binary image (in hexadecimal where no `-o` names its file). The normal form is for golden files: kernel by kernel, without addresses and numbers, the same for any order of independent statements; DIFF.md describes it. A tile program is compiled as it is; `tgc opt` runs passes on it. `--print-changed` prints the program after every pass that changed it, on graphs, in the lowering and on tile programs.",
  args: { file: graphOrTiles },
  options: {
    ...graphOptions,
    target: targetOption,
    set: setOption,
    ...tilingOptions,
    emit: {
      kind: "choice",
      value: "stage",
      choices: emitChoices,
      summary:
        "the stage to print: graph, fused, tiles, asm, normal, bin or wgsl; the target's program as text by default",
    },
    printChanged: { kind: "flag", summary: "print the program after every pass that changed it" },
    output,
    remarks,
    json,
  },
  outputEnding: ({ emit, target }) =>
    endings[typeof emit === "string" ? emit : target === "webgpu" ? "wgsl" : "asm"] ?? "s",
  examples: [
    "tgc compile samples/mlp.tg",
    "tgc lower samples/mlp.tg -o mlp.tile && tgc compile mlp.tile",
    "tgc compile samples/mlp.tg --target tiny --emit tiles --dim T=8",
    "tgc compile samples/mlp.tg --emit normal",
  ],
});
