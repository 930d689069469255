// `tgc machine`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const machineSpec = defineCommand({
  summary: "check a machine file, and say what its numbers add up to",
  detail:
    "`tgc machine check FILE` reads a machine file as `--target FILE` does and reports everything that is wrong with it, each with its line; else how many of its numbers are documented, measured and assumed, and what peak and balance follow from them. MACHINE.md lists the fields.",
  args: {
    action: { takes: "one", summary: "check" },
    file: { takes: "one", reads: "files", summary: "a machine file (.json), or the name of a machine that ships" },
  },
  options: { json },
  examples: ["tgc machine check mine.json", "tgc machine check trn2"],
});
