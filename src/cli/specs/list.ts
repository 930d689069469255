// `tgc list`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const listSpec = defineCommand({
  summary: "list what there is of a kind",
  detail: "One line each; `tgc explain` describes any of them.",
  args: {
    what: { takes: "one", summary: "ops, passes, insts, machines, targets, errors, samples or commands" },
  },
  options: { json },
  examples: ["tgc list ops", "tgc list machines --json"],
});
