// `tgc explain`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const explainSpec = defineCommand({
  summary: "explain an error code, op, pass, instruction, machine, schedule field, metric or term",
  detail: "The same text as in the generated references.",
  args: { subject: { takes: "one", summary: "E0302, softmax, fuse, matmul, trn2, tile_m, waiting, ..." } },
  options: { json },
  examples: ["tgc explain E0302", "tgc explain softmax", "tgc explain waiting"],
});
