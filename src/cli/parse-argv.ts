// Reads the command line with commander, whose commands are made from the command table: what to run, or the help text
// that was asked for, or what is wrong with the usage.

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { suggest } from "../../ir-spec/base/suggest.ts";
import type { CommandSpec } from "./command-spec.ts";
import { type ArgSpec, initialValue, isRepeatable, type OptionSpec, optionFlags, readOption } from "./option-kinds.ts";
import { type CommandName, commandNames, commandSpec } from "./specs.ts";

/** The arguments and options of one call, by name; their types are those of the command's spec. */
export interface RawGiven {
  readonly args: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

export type ParsedArgv =
  | { readonly kind: "call"; readonly command: CommandName; readonly given: RawGiven }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "usage"; readonly message: string; readonly helps: readonly string[] };

export interface ArgvOptions {
  readonly columns: number;
  readonly version: () => string;
}

/** Parses the words after `tgc`. */
export function parseArgv(argv: readonly string[], options: ArgvOptions): ParsedArgv {
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    return { kind: "text", text: `${options.version()}\n` };
  }
  let called: Extract<ParsedArgv, { kind: "call" }> | undefined;
  const printed: string[] = [];
  const program = makeProgram(
    options,
    (text) => printed.push(text),
    (call) => {
      called = call;
    },
  );
  try {
    program.parse([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return afterStop(error, printed.join(""), argv);
  }
  return called ?? { kind: "usage", message: "found no command", helps: ["`tgc --help` lists the commands"] };
}

/** The program as commander sees it; `npm run docs` prints its help too. */
export function makeProgram(
  { columns }: Pick<ArgvOptions, "columns">,
  print: (text: string) => void,
  call: (call: Extract<ParsedArgv, { kind: "call" }>) => void,
): Command {
  const program = new Command("tgc");
  const settings = {
    writeOut: print,
    writeErr: () => {},
    getOutHelpWidth: () => columns,
    getErrHelpWidth: () => columns,
  };
  program
    .description("A tensor-graph compiler for a Trainium-like accelerator.")
    .option("-V, --version", "print the version")
    .exitOverride()
    .configureOutput(settings)
    .addHelpText("after", "\nExit codes: 0 fine, 1 mistakes or differences were found, 2 wrong usage, 3 a bug of tgc.");
  for (const name of commandNames) {
    const command = makeCommand(name, commandSpec(name)).exitOverride().configureOutput(settings);
    command.action(() => call({ kind: "call", command: name, given: readGiven(command, commandSpec(name)) }));
    program.addCommand(command);
  }
  return program;
}

function makeCommand(name: CommandName, spec: CommandSpec): Command {
  const command = new Command(name).summary(spec.summary).description(`${capital(spec.summary)}.\n\n${spec.detail}`);
  for (const [arg, argSpec] of Object.entries(spec.args)) command.addArgument(makeArgument(arg, argSpec));
  for (const [option, optionSpec] of Object.entries(spec.options)) command.addOption(makeOption(option, optionSpec));
  return command.addHelpText("after", `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join("\n")}`);
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function makeArgument(name: string, { takes, summary }: ArgSpec): Argument {
  const forms = {
    many: `<${name}...>`,
    each: `<${name}...>`,
    any: `[${name}...]`,
    one: `<${name}>`,
    optional: `[${name}]`,
  };
  return new Argument(forms[takes], summary);
}

function makeOption(name: string, spec: OptionSpec): Option {
  const option = new Option(optionFlags(name, spec), spec.summary);
  if (spec.kind === "flag") return option;
  const initial = initialValue(spec);
  const isShown = initial !== undefined && !Array.isArray(initial);
  // What is not shown in the help is filled in by readGiven.
  if (isShown) option.default(initial, String(initial));
  let isGiven = false;
  return option.argParser((text: string, before: unknown) => {
    const isAgain = isGiven && !isRepeatable(spec);
    isGiven = true;
    const read = isAgain ? { wanted: "the option once" } : readOption(spec, text, before);
    if ("value" in read) return read.value;
    throw new InvalidArgumentError(`expected ${read.wanted}`);
  });
}

function readGiven(command: Command, spec: CommandSpec): RawGiven {
  const args = Object.keys(spec.args).map((name, index) => [name, command.processedArgs[index]] as const);
  const given: Readonly<Record<string, unknown>> = command.opts();
  const options = Object.entries(spec.options).map(
    ([name, option]) => [name, readNone(option, given[name]) ?? initialValue(option)] as const,
  );
  return { args: Object.fromEntries(args), options: Object.fromEntries(options) };
}

/** Commander says `true` where no word follows an option that takes several. */
function readNone({ kind }: OptionSpec, value: unknown): unknown {
  return kind === "names" && value === true ? [] : value;
}

/** Commander stops by throwing: after printing help, or at wrong usage. */
function afterStop(error: CommanderError, printed: string, argv: readonly string[]): ParsedArgv {
  if (error.exitCode === 0) return { kind: "text", text: `${printed.trimEnd()}\n` };
  const command = commandNames.find((name) => name === argv[0]);
  const more = command === undefined ? "`tgc --help` lists the commands" : `for more, \`tgc ${command} --help\``;
  if (error.code === "commander.help") return afterHelp(argv, more);
  const { message, hint } = ownWords(error.message);
  return { kind: "usage", message, helps: [...hint, more] };
}

/** No command at all, or `tgc help` with a word that is none. */
function afterHelp([, word]: readonly string[], more: string): ParsedArgv {
  if (word === undefined) return { kind: "usage", message: "found no command", helps: [more] };
  const hints = suggest(word, commandNames).notes.map(({ text }) => text);
  return { kind: "usage", message: `unknown command \`${word}\``, helps: [...hints, more] };
}

/** Commander's message in our form: "unknown option '--taget'\n(Did you mean --target?)". */
function ownWords(text: string): { readonly message: string; readonly hint: readonly string[] } {
  const [first = "", ...rest] = text.replace(/^error: /, "").split("\n");
  const near = /\(Did you mean (?:one of )?(.*)\?\)/.exec(rest.join(" "))?.[1];
  const names = near?.split(", ").map((name) => `\`${name}\``);
  const message = first
    .replaceAll("'", "`")
    .replace(/\.$/, "")
    .replace(/ is invalid\. expected /, ": expected ");
  return { message, hint: names === undefined ? [] : [`did you mean ${names.join(" or ")}?`] };
}
