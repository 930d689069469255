// Runs `tgc` in this process, in the repository's root, for tests of what the repository itself holds.
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { runCli } from "../src/cli/run.ts";

export const rootFolder = fileURLToPath(new URL("..", import.meta.url));

export interface TgcRun {
  readonly exitCode: number;
  readonly out: string;
  readonly log: string;
}

export async function runTgc(argv: readonly string[]): Promise<TgcRun> {
  const out: string[] = [];
  const log: string[] = [];
  const exitCode = await runCli(argv, {
    stdout: (text) => out.push(text),
    stderr: (text) => log.push(text),
    cwd: rootFolder,
    crashFolder: tmpdir(),
    isTerminal: false,
    columns: 100,
  });
  return { exitCode, out: out.join(""), log: log.join("") };
}
