// `tgc machine`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json, output, setOption } from "./common.ts";

export const machineSpec = defineCommand({
  summary: "check, show, compare and begin machine files",
  detail:
    "What is said of a machine holds for a machine file (.json) and for the name of one that ships. `check` reads a file as `--target FILE` does and reports everything that is wrong with it, each with its line; else how many of its numbers are documented, measured and assumed, and what peak and balance follow from them. `show` prints every number with its source. `diff` prints the numbers in which two machines differ; exit code 1 if there are any. `init` writes the beginning of a file that extends a shipped machine (trn2 unless named) and has only what differs, which is what `--set` says; with `--full` every number. MACHINE.md lists the fields.",
  args: {
    action: { takes: "one", summary: "check, show, diff or init" },
    file: {
      takes: "optional",
      reads: "json files",
      summary: "a machine file (.json), or the name of a machine that ships",
    },
    other: { takes: "optional", reads: "json files", summary: "diff: the machine to compare with" },
  },
  options: { set: setOption, full: { kind: "flag", summary: "init: write every number" }, output, json },
  examples: [
    "tgc machine check trn2",
    "tgc machine diff trn1 trn2",
    "tgc machine init trn2 --set sbufBytesPerPartition=106496 -o small.json",
    "tgc machine show tiny",
  ],
});
