// `tgc parse`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { file, json } from "./common.ts";

export const parseSpec = defineCommand({
  summary: "print the syntax tree of a program",
  detail: "The tree as JSON, with the offset of every part. Nothing is resolved yet.",
  args: { file },
  options: { json },
  examples: ["tgc parse samples/mlp.tg"],
});
