// Where each command's code is. It is loaded when the command is called, so that `tgc --help` loads none.

import type { CommandContext, CommandResult } from "./outcome.ts";
import type { RawGiven } from "./parse-argv.ts";
import type { CommandName, Given } from "./specs.ts";

type RunCommand<C extends CommandName> = (
  given: Given<C>,
  context: CommandContext,
) => CommandResult | Promise<CommandResult>;

const commands: { readonly [C in CommandName]: () => Promise<RunCommand<C>> } = {
  compile: async () => (await import("./commands/compile.ts")).compileCommand,
  run: async () => (await import("./commands/run.ts")).runGraphCommand,
  check: async () => (await import("./commands/check.ts")).checkCommand,
  profile: async () => (await import("./commands/profile.ts")).profileCommand,
  compare: async () => (await import("./commands/compare.ts")).compareCommand,
  sweep: async () => (await import("./commands/sweep.ts")).sweepCommand,
  tune: async () => (await import("./commands/tune.ts")).tuneCommand,
  mapping: async () => (await import("./commands/mapping.ts")).mappingCommand,
  report: async () => (await import("./commands/report.ts")).reportCommand,
  lab: async () => (await import("./commands/lab.ts")).labCommand,
  diff: async () => (await import("./commands/diff.ts")).diffCommand,
  "why-not": async () => (await import("./commands/why-not.ts")).whyNotCommand,
  "why-wrong": async () => (await import("./commands/why-wrong.ts")).whyWrongCommand,
  shrink: async () => (await import("./commands/shrink.ts")).shrinkCommand,
  fuzz: async () => (await import("./commands/fuzz.ts")).fuzzCommand,
  replay: async () => (await import("./commands/replay.ts")).replayCommand,
  test: async () => (await import("./commands/test.ts")).testCommand,
  import: async () => (await import("./commands/import.ts")).importCommand,
  conformance: async () => (await import("./commands/conformance.ts")).conformanceCommand,
  parse: async () => (await import("./commands/parse.ts")).parseCommand,
  print: async () => (await import("./commands/print.ts")).printCommand,
  fmt: async () => (await import("./commands/fmt.ts")).fmtCommand,
  opt: async () => (await import("./commands/opt.ts")).optCommand,
  lower: async () => (await import("./commands/lower.ts")).lowerCommand,
  asm: async () => (await import("./commands/asm.ts")).asmCommand,
  disasm: async () => (await import("./commands/disasm.ts")).disasmCommand,
  machine: async () => (await import("./commands/machine.ts")).machineCommand,
  explain: async () => (await import("./commands/explain.ts")).explainCommand,
  list: async () => (await import("./commands/list.ts")).listCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
  completion: async () => (await import("./commands/completion.ts")).completionCommand,
};

/** Loads and runs a command. */
export async function runCommand(name: CommandName, given: RawGiven, context: CommandContext): Promise<CommandResult> {
  // What the parser of the command line gives has the types of the command's spec, from which both are made.
  const run = (await commands[name]()) as (given: RawGiven, context: CommandContext) => Promise<CommandResult>;
  return run(given, context);
}
