// What the command line knows of a command: its arguments, options, words and examples.

import type { ArgSpec, OptionSpec } from "./option-kinds.ts";

export interface CommandSpec {
  readonly summary: string;
  /** A paragraph for `tgc help <command>` and CLI.md. */
  readonly detail: string;
  readonly args: Readonly<Record<string, ArgSpec>>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
  /** How a file ends that the command writes into a folder for one of several files, without the dot; by the options and the input's ending. */
  readonly outputEnding?: (options: Readonly<Record<string, unknown>>, ending: string) => string;
}

/** A command's spec with its own type, from which `Given` takes the types of its values. */
export function defineCommand<const T extends CommandSpec>(spec: T): T {
  return spec;
}
