// Makes the text of CLI.md from THE COMMAND TABLE.

import type { CommandSpec } from "../cli/command-spec.ts";
import { initialValue, type OptionSpec, optionFlags } from "../cli/option-kinds.ts";
import { type CommandName, commandNames, commandSpec } from "../cli/specs.ts";
import { generatedNote, markdownTable } from "./markdown.ts";

const introduction = `\`tgc --help\` and \`tgc <command> --help\` print the same in short.

Results go to stdout, all else to stderr. With \`--json\`, stdout is one JSON object with the fields \`schema\`
(\`"tgc.<command>/1"\`) and \`ok\`; where a command stops at mistakes, it holds \`diagnostics\`. Fields are only ever added.

Exit codes: 0 fine, 1 mistakes or differences were found, 2 wrong usage, 3 a bug of tgc (a file that reproduces it is
written). Files are written whole or not at all. Where a command takes \`<file...>\`, several files, folders (all files below
them that the command takes) and \`-\` (standard input) may be given; each is worked on by itself, the exit code is the largest, \`-o\` names a folder
that is made where it is missing, and with \`--json\` the object has \`files\`, one object for each. Colours are used on terminals only, and not when \`NO_COLOR\` is set.`;

/** The text of CLI.md. */
export function cliMarkdown(): string {
  const list = commandNames.map((name) => [`[\`${name}\`](#${name})`, commandSpec(name).summary]);
  return `${[
    "# Commands",
    generatedNote("the command table in `src/cli/specs.ts`"),
    introduction,
    markdownTable(["command", "summary"], list),
    ...commandNames.map(commandSection),
  ].join("\n\n")}\n`;
}

function commandSection(name: CommandName): string {
  const spec = commandSpec(name);
  const lines = Object.entries(spec.options).map(([option, optionSpec]) => [
    `\`${optionFlags(option, optionSpec)}\``,
    optionSpec.summary,
    defaultOf(optionSpec),
  ]);
  const examples = `\`\`\`sh\n${spec.examples.join("\n")}\n\`\`\``;
  return [
    `## ${name}`,
    `\`${callOf(name, spec)}\`: ${spec.summary}.`,
    spec.detail,
    argumentList(spec),
    markdownTable(["option", "meaning", "default"], lines),
    examples,
  ].join("\n\n");
}

/** `tgc fmt <files...> [options]` */
function callOf(name: CommandName, spec: CommandSpec): string {
  const args = Object.entries(spec.args).map(([arg, { takes }]) => {
    if (takes === "any") return `[${arg}...]`;
    return takes === "many" || takes === "each" ? `<${arg}...>` : `<${arg}>`;
  });
  return ["tgc", name, ...args, "[options]"].join(" ");
}

function argumentList(spec: CommandSpec): string {
  return Object.entries(spec.args)
    .map(([arg, { summary }]) => `- \`${arg}\`: ${summary}`)
    .join("\n");
}

function defaultOf(option: OptionSpec): string {
  const initial = initialValue(option);
  const isShown = typeof initial === "string" || typeof initial === "number";
  return isShown ? `\`${initial}\`` : "";
}
