// The process `tgc`: the only place that knows its arguments, streams and exit code.

import { runCli } from "./run.ts";
import { readProcessInput } from "./standard-input.ts";
import { whyOf } from "./system-words.ts";

/** A reader that went away (`tgc list ops | head`) is no mistake; a full disk is. */
function endWhereNothingCanBeWritten(stream: NodeJS.WriteStream, name: string): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    if (stream !== process.stderr) process.stderr.write(`error: cannot write to ${name}: ${whyOf(error)}\n`);
    process.exit(1);
  });
}

endWhereNothingCanBeWritten(process.stdout, "standard output");
endWhereNothingCanBeWritten(process.stderr, "standard error");

/** By custom a process that a signal ends has the exit code 128 and the signal's number. */
const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Until this is called a signal ends the process at once, whatever it computes; from then on at the next turn of the event
 * loop, which comes when the files are whole. Only the writing of files and the printing of the summary are left then.
 */
function holdInterrupts(): void {
  for (const [signal, exitCode] of Object.entries(signalExitCodes)) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(exitCode));
  }
}

/** For work that can stop early and still has a result; a second interrupt ends the process. */
function watchInterrupts(): () => boolean {
  let isInterrupted = false;
  process.once("SIGINT", () => {
    isInterrupted = true;
  });
  return () => isInterrupted;
}

/** For a server, which has nothing to finish. */
function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of Object.keys(signalExitCodes)) process.once(signal, () => resolve());
  });
}

const wantsColor = process.env.NO_COLOR === undefined || process.env.NO_COLOR === "";
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  ...(process.stderr.isTTY === true ? { progress: (text) => process.stderr.write(text) } : {}),
  stdin: readProcessInput,
  holdInterrupts,
  watchInterrupts,
  untilInterrupted,
  cwd: process.cwd(),
  isTerminal: process.stdout.isTTY === true && process.stderr.isTTY === true && wantsColor,
  columns: process.stdout.columns ?? 100,
});
