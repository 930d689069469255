// Runs `tgc` in this process, in a folder made for the test.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCli } from "../../../src/cli/run.ts";

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly log: string;
}

export interface Folder {
  readonly path: string;
  readonly write: (name: string, content: string | Uint8Array) => void;
  readonly read: (name: string) => string;
  readonly run: (...argv: readonly string[]) => Promise<Ran>;
  /** Runs with `--json` and gives the object on stdout. */
  readonly json: (...argv: readonly string[]) => Promise<Record<string, unknown>>;
  readonly remove: () => void;
}

export const makeFolder = (): Folder => {
  const path = mkdtempSync(join(tmpdir(), "tgc-cli-"));
  const run: Folder["run"] = async (...argv) => {
    const out: string[] = [];
    const log: string[] = [];
    const io = { cwd: path, isTerminal: false, columns: 100 };
    const exitCode = await runCli(argv, {
      ...io,
      stdout: (text) => out.push(text),
      stderr: (text) => log.push(text),
    });
    return { exitCode, out: out.join(""), log: log.join("") };
  };
  return {
    path,
    write: (name, content) => {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), content);
    },
    read: (name) => readFileSync(join(path, name), "utf8"),
    run,
    json: async (...argv) => JSON.parse((await run(...argv, "--json")).out),
    remove: () => rmSync(path, { recursive: true }),
  };
};

/** A program that every executor runs at once. */
export const smallProgram = `graph small(x: f32[4, 8], weight w: f32[8, 2], weight b: f32[2]) -> (y: f32[4, 2]) {
  y = matmul(x, w) + b
}
`;
