// What the command gets from its caller in place of a terminal, so that tests can run it in their own process.

import type { Diagnostic } from "../../ir-spec/base/result.ts";

/** Runs the command in this process and gives its exit code. */
export type RunTgc = (argv: readonly string[], io: CliIo) => Promise<number>;

export interface CliIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Lines about work that continues; left out where nobody watches a terminal. */
  readonly progress?: (text: string) => void;
  /** Diagnostics as they are printed. */
  readonly diagnosed?: (found: readonly Diagnostic[]) => void;
  /** How many tests run this one, where `tgc test` runs in a test. */
  readonly testDepth?: number;
  /** Called before an ordinary file is written: an interrupt has to wait from here on, so that no part of it is left. */
  readonly holdInterrupts?: () => void;
  /** From here on the first interrupt does not end the process; the function says whether there was one. */
  readonly watchInterrupts?: () => () => boolean;
  /** For a server: waits for an interrupt, the first of which does not end the process; nobody waits unless given. */
  readonly untilInterrupted?: () => Promise<void>;
  /** All of standard input, which is read where a file is called `-`; nobody reads it unless given. */
  readonly stdin?: () => Uint8Array;
  /** Relative file names start here. */
  readonly cwd: string;
  /** Where a crash of tgc leaves its reproducer; `cwd` unless given. */
  readonly crashFolder?: string;
  /** No file outside of this folder is written; any may be unless given. */
  readonly writesWithin?: string;
  /** Whether a person looks at the output: colours are used then, and only then. */
  readonly isTerminal: boolean;
  /** Width to which help and tables are laid out (characters). */
  readonly columns: number;
}
