// `tgc doctor`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const doctorSpec = defineCommand({
  summary: "say what this machine has of what tgc can use, and what to do about what is missing",
  detail:
    "Looks at Node, the optional packages and the WebGPU adapter. What is missing is said with what brings it; exit code 1 only where tgc cannot run without it.",
  args: {},
  options: { json },
  examples: ["tgc doctor", "tgc doctor --json"],
});
