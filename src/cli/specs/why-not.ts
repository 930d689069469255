// `tgc why-not`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { graphOptions, json, remarks, setOption, targetOption, tilingOptions } from "./common.ts";

export const whyNotSpec = defineCommand({
  summary: "say why two kernels were not fused, and what it would cost",
  detail:
    "`tgc why-not FILE fuse A B` asks about two kernels, each by its name or by a value that it computes. It prints what the fuser itself said of them: the condition that failed, or the estimates that it compared. Then the two are made one kernel all the same, which is lowered, compiled and simulated, and the program's time is set against its time with two; where that is not possible, the reason is printed. It also says so where the two are one kernel already.",
  args: {
    file: { takes: "one", reads: "files", summary: "a program (.tg)" },
    question: { takes: "one", summary: "fuse" },
    first: { takes: "one", summary: "a kernel, or a value that it computes" },
    second: { takes: "one", summary: "another one" },
  },
  options: {
    ...graphOptions,
    target: targetOption,
    set: setOption,
    ...tilingOptions,
    remarks,
    json,
  },
  examples: ["tgc why-not samples/mlp.tg fuse h y", "tgc why-not samples/mlp.tg fuse a y --target trn1"],
});
