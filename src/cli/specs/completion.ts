// `tgc completion`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const completionSpec = defineCommand({
  summary: "print a script that completes the command in a shell",
  detail: "The script completes commands, options and the values of options; its first line says where it goes.",
  args: { shell: { takes: "one", summary: "bash, zsh or fish" } },
  options: { json },
  examples: ["tgc completion bash >> ~/.bashrc", "tgc completion fish > ~/.config/fish/completions/tgc.fish"],
});
