// The commands that DIFF.md shows run, one after the other in one folder.
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { runCli } from "../../../src/cli/run.ts";
import { rootFolder } from "../../run-tgc.ts";

const text = readFileSync(join(rootFolder, "DIFF.md"), "utf8");
const commands = [...text.matchAll(/^ {4}tgc (.+)$/gm)].map(([, words = ""]) => words);
const folder = mkdtempSync(join(tmpdir(), "tgc-diff-"));
cpSync(join(rootFolder, "samples"), join(folder, "samples"), { recursive: true });

afterAll(() => rmSync(folder, { recursive: true }));

describe("DIFF.md", () => {
  test("has commands", () => expect(commands.length).toBeGreaterThan(5));

  test.each(commands)("tgc %s", async (words) => {
    const log: string[] = [];
    const io = {
      cwd: folder,
      isTerminal: false,
      columns: 100,
      stdout: () => {},
      stderr: (line: string) => log.push(line),
    };
    expect(await runCli(words.split(" "), io), log.join("")).toBe(0);
  });
});
