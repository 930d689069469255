// Error codes E1730 to E1769: questions about a program that cannot be answered.

import { defineErrors } from "./define.ts";

export const whyErrors = defineErrors({
  E1730: {
    title: "nothing at a place of the text",
    message: "no op of graph {graph} is at {place}",
    help: "name a line, `line:column`, or a value: `--at 12`, `--at 12:3`, `--at h`",
    detail:
      "`tgc explain --at` follows the ops of a place through the compiler: those of the smallest expression at `line:column`, all of a line, or those that define a value. Comments, parameters and schedules are no ops.",
  },
  E1731: {
    title: "option without a program",
    message: "{option} asks about a place in a program, expected `--at` with it",
    help: "`tgc explain --at 12:3 FILE` explains a place, `tgc explain WORD` a word",
    detail: "Wrong: `tgc explain softmax --target trn1`\n\nRight: `tgc explain --at 3 mlp.tg --target trn1`",
  },
  E1732: {
    title: "neither a kernel nor a value",
    message: "{name} is no kernel and no value of graph {graph} that a kernel computes",
    help: "`tgc opt` prints the kernels with their values",
    detail:
      "`tgc why-not FILE fuse A B` asks about two kernels, each by its name or by a value that it computes. Parameters, constants and views belong to no kernel.",
  },
  E1733: {
    title: "unknown question",
    message: "`why-not` cannot answer {question}, expected fuse",
    help: "`tgc why-not FILE fuse A B` asks why two kernels are not one",
    detail: "Wrong: `tgc why-not mlp.tg tile h`\n\nRight: `tgc why-not mlp.tg fuse h y`",
  },
});
