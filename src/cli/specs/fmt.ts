// `tgc fmt`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const fmtSpec = defineCommand({
  summary: "format programs",
  detail:
    "Prints the formatted text. `--write` changes the files; `--check` only reports which would change, with exit code 1.",
  args: {
    files: { takes: "many", reads: "files", summary: "programs (.tg), folders of them, or `-` for standard input" },
  },
  options: {
    write: { kind: "flag", short: "w", summary: "change the files in place" },
    fix: {
      kind: "flag",
      summary:
        "first apply the fixes that diagnostics offer: missing commas, misspelled names, words of Python, renamed fields",
    },
    check: { kind: "flag", summary: "list files that are not formatted, and change nothing" },
    json,
  },
  examples: ["tgc fmt -w samples/*.tg", "tgc fmt --check samples", "tgc fmt --fix -w mlp.tg"],
});
