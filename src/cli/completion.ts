// Shell completion, made from the command table: commands, options, and the values of options that have a list of them. Files are left to
// the shell.

import { targetNames } from "../driver/targets.ts";
import { type OptionSpec, optionFlags } from "./option-kinds.ts";
import { commandNames, commandSpec } from "./specs.ts";

/** `--emit` and, where there is one, `-o`. */
function flagsOf(name: string, option: OptionSpec): readonly string[] {
  return optionFlags(name, option)
    .replace(/ [<[].*$/, "")
    .split(", ");
}

/** The values of an option that are known. */
function valuesOf(name: string, option: OptionSpec): readonly string[] {
  if (option.kind === "choice") return option.choices;
  return name === "target" ? targetNames : [];
}

interface Completed {
  readonly command: string;
  readonly summary: string;
  readonly options: readonly {
    readonly flags: readonly string[];
    readonly values: readonly string[];
    readonly summary: string;
  }[];
}

function table(): readonly Completed[] {
  return commandNames.map((command) => {
    const { summary, options } = commandSpec(command);
    const completed = Object.entries(options).map(([name, option]) => ({
      flags: flagsOf(name, option),
      values: valuesOf(name, option),
      summary: option.summary,
    }));
    return { command, summary, options: completed };
  });
}

function bash(): string {
  const cases = table().flatMap(({ command, options }) => {
    const values = options.filter((option) => option.values.length > 0);
    return [
      ...values.map(({ flags, values: words }) => {
        const forms = flags.map((flag) => `"${command} ${flag}"`).join("|");
        return `      ${forms}) words="${words.join(" ")}" ;;`;
      }),
      `      "${command} "*) words="${options.flatMap(({ flags }) => flags.slice(-1)).join(" ")}" ;;`,
    ];
  });
  return [
    "# tgc completion bash >> ~/.bashrc",
    "_tgc() {",
    "  local current previous words",
    `  current="$\{COMP_WORDS[COMP_CWORD]}"`,
    `  previous="$\{COMP_WORDS[COMP_CWORD-1]}"`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${commandNames.join(" ")}"`,
    "  else",
    `    case "$\{COMP_WORDS[1]} $previous" in`,
    ...cases,
    "    esac",
    "  fi",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -o default -F _tgc tgc",
    "",
  ].join("\n");
}

function zsh(): string {
  return ["# tgc completion zsh >> ~/.zshrc", "autoload -U +X bashcompinit && bashcompinit", bash()].join("\n");
}

function fish(): string {
  const quoted = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const lines = table().flatMap(({ command, summary, options }) => [
    `complete -c tgc -n __fish_use_subcommand -a ${command} -d ${quoted(summary)}`,
    ...options.map(({ flags, values, summary: words }) => {
      const long = flags.at(-1)?.slice(2) ?? "";
      const short = flags.length > 1 ? ` -s ${flags[0]?.slice(1)}` : "";
      const list = values.length === 0 ? "" : ` -x -a ${quoted(values.join(" "))}`;
      return `complete -c tgc -n '__fish_seen_subcommand_from ${command}' -l ${long}${short}${list} -d ${quoted(words)}`;
    }),
  ]);
  return `# tgc completion fish > ~/.config/fish/completions/tgc.fish\n${lines.join("\n")}\n`;
}

export const completionScripts = { bash, zsh, fish } as const;
export const shells = Object.keys(completionScripts) as readonly (keyof typeof completionScripts)[];
