// `tgc diff`: its arguments, options, words and examples.

import { failOnForm } from "../../diff/fail-on.ts";
import { defineCommand } from "../command-spec.ts";
import { graphOptions, json, remarks, runMachineOption, seed, setOption, tilingOptions } from "./common.ts";

export const diffSpec = defineCommand({
  summary: "compare two programs: cosmetic, performance or meaning",
  detail:
    "Takes two programs of one stage. The verdict is `same` for equal files; `cosmetic` where only names, numbers, addresses, comments or the order of what is independent differ: the normal forms are equal (see `--emit normal`); `performance` where the values are the same, with figures of both; else `meaning`, with an input on which they differ and the first instruction at which they part. Equal values are proven where that is possible, else no difference was found on inputs that are likely to show one; the report says which. What cannot be compared counts as `meaning`. DIFF.md has the details.",
  args: {
    before: {
      takes: "one",
      reads: "files",
      summary:
        "a program (.tg), tile program (.tile), instruction stream (.s), binary image (.bin) or launch plan (.wgsl)",
    },
    after: { takes: "one", reads: "files", summary: "another one of the same stage" },
  },
  options: {
    ...graphOptions,
    target: runMachineOption,
    set: setOption,
    ...tilingOptions,
    seed,
    failOn: {
      kind: "text",
      value: "verdict",
      default: "performance",
      form: { pattern: failOnForm, wanted: "meaning, performance, performance:5% or cosmetic" },
      summary:
        "the least verdict that makes exit code 1: meaning, performance or cosmetic; `performance:5%` lets figures grow by as much",
    },
    remarks,
    json,
  },
  examples: ["tgc diff before.tg after.tg", "tgc diff before.tile after.tile --fail-on performance:5%"],
});
