// `tgc parse`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { file, json, output } from "./common.ts";

export const parseSpec = defineCommand({
  summary: "print the syntax tree of a program",
  detail: "The tree as JSON, with the offset of every part. Nothing is resolved yet.",
  args: { file },
  options: { output, json },
  outputEnding: () => "json",
  examples: ["tgc parse samples/mlp.tg"],
});
