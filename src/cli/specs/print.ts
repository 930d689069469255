// `tgc print`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { dotOption, file, formOption, graphOptions, json, output } from "./common.ts";

export const printSpec = defineCommand({
  summary: "print the graphs of a program in canonical form",
  detail:
    "Functions are inlined, loops unrolled, names resolved, types inferred. The text reads back as the same graphs.",
  args: { file },
  options: { ...graphOptions, emit: formOption, dot: dotOption, output, json },
  outputEnding: ({ dot }) => (dot === true ? "dot" : "tg"),
  examples: [
    "tgc print samples/mlp.tg --dim T=256",
    "tgc print samples/mlp.tg --emit normal",
    "tgc print samples/mlp.tg --dot -o mlp.dot",
  ],
});
