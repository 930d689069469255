// The process `tgc`: the only place that knows its arguments, streams and exit code.

import { runCli } from "./run.ts";

/** A reader that went away (`tgc list ops | head`) is no mistake. */
function endQuietlyOnBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}

endQuietlyOnBrokenPipe(process.stdout);
endQuietlyOnBrokenPipe(process.stderr);

const wantsColor = process.env.NO_COLOR === undefined || process.env.NO_COLOR === "";
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  cwd: process.cwd(),
  isTerminal: process.stdout.isTTY === true && process.stderr.isTTY === true && wantsColor,
  columns: process.stdout.columns ?? 100,
});
