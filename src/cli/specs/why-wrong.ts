// `tgc why-wrong`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { file, graphOptions, json, machineOption, remarks, setOption, tensorOptions, tilingOptions } from "./common.ts";

export const whyWrongSpec = defineCommand({
  summary: "find where and why a program computes wrong values",
  detail:
    "Runs the graph after each pass, the tile program and the simulated stream on inputs that are likely to show a difference, and stops at the first that is wrong: names the op and its line, the pass, the kernel, the statement or instruction, and the kind of cause. Simple mistakes are tried on each op, such as an axis exchanged, a mask left out or a tail that is too short; the one that predicts the wrong values is the cause. `--tiles` and `--stream` put an edited tile program or stream in the place of the compiler's own; FINDING-FAULTS.md has examples. Exit code 1 when something is wrong.",
  args: { file },
  options: {
    tiles: { kind: "text", value: "file", reads: "files", summary: "an edited tile program (.tile) of the graph" },
    stream: { kind: "text", value: "file", reads: "files", summary: "an edited instruction stream (.s) of the graph" },
    bisectPasses: { kind: "flag", summary: "also print, for each pass, whether what it made agrees" },
    ...graphOptions,
    target: machineOption,
    set: setOption,
    ...tilingOptions,
    ...tensorOptions,
    remarks,
    json,
  },
  examples: [
    "tgc why-wrong samples/softmax.tg --dim N=8",
    "tgc why-wrong model.tg --stream edited.s --target tiny",
    "tgc why-wrong model.tg --bisect-passes",
  ],
});
