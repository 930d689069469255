// A folder with tests of `tgc test`, and a call of it in this process.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCli } from "../../../src/cli/run.ts";

/** A program that every test may begin with. */
export const program = "graph g(x: f32[4]) -> (y: f32[4]) {\n  y = x + x\n}\n";

export interface SuiteRun {
  readonly exitCode: number;
  readonly out: string;
  readonly log: string;
}

export const makeSuite = () => {
  const folder = mkdtempSync(join(tmpdir(), "tgc-suite-"));
  const run = async (...argv: readonly string[]): Promise<SuiteRun> => {
    const out: string[] = [];
    const log: string[] = [];
    const exitCode = await runCli(["test", ...argv], {
      stdout: (text) => out.push(text),
      stderr: (text) => log.push(text),
      cwd: folder,
      crashFolder: folder,
      isTerminal: false,
      columns: 100,
    });
    return { exitCode, out: out.join(""), log: log.join("") };
  };
  return {
    folder,
    write: (name: string, text: string | Uint8Array): void => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    },
    read: (name: string): string => readFileSync(join(folder, name), "utf8"),
    run,
    /** The codes of what is wrong with one test, which is written first. */
    codes: async (text: string): Promise<readonly string[]> => {
      writeFileSync(join(folder, "one.tg"), text);
      const { out, log } = await run("one.tg", "--json");
      const report = JSON.parse(out) as { tests?: readonly { diagnostics: readonly { code: string }[] }[] };
      if (report.tests === undefined) throw new Error(log);
      return report.tests.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code));
    },
    clear: (): void => {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
    },
    remove: (): void => rmSync(folder, { recursive: true, force: true }),
  };
};
