// What FINDING-FAULTS.md shows is true: its commands run in their order in a folder that has its program, and what is printed begins as it is shown.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { rootFolder } from "./run-tgc.ts";
import { makeFolder } from "./unit/cli/run-in-folder.ts";

const text = readFileSync(join(rootFolder, "FINDING-FAULTS.md"), "utf8");
const folder = makeFolder();
afterAll(() => folder.remove());

const indented = (lines: string): string => lines.replaceAll(/^ {4}/gm, "");

interface Shown {
  readonly command: string;
  readonly output: string;
}

/** Commands, each with the lines that follow it. */
const shown: readonly Shown[] = [...text.matchAll(/^ {4}\$ (.*)\n((?: {4}(?!\$ ).*\n)*)/gm)].map(
  ([, command = "", output = ""]) => ({ command, output: indented(output) }),
);

const [, program = ""] = /^ {4}\/\/ scores\.tg\n((?: {4}.*\n)+)/m.exec(text) ?? [];
folder.write("scores.tg", indented(program));

/** `sed 's/a/b/' from > to`, of which only the first place on a line changes. */
function edit(command: string): void {
  const [, pattern = "", replacement = "", from = "", to = ""] =
    /^sed 's\/(.*)\/(.*)\/' (\S+) > (\S+)$/.exec(command) ?? [];
  const old = folder.read(from);
  const literal = pattern.replaceAll(/[()[\]{}*+?]/g, "\\$&");
  const changed = old
    .split("\n")
    .map((line) => line.replace(new RegExp(literal), () => replacement))
    .join("\n");
  expect(changed, `${command} changes nothing`).not.toBe(old);
  folder.write(to, changed);
}

/** Addresses and iterations may change with the compiler; the kind and the op are what is shown. */
const beginning = (output: string): string => output.split("\n").slice(0, 2).join("\n");

describe("the commands of FINDING-FAULTS.md", () => {
  test("they are found", () => expect(shown.length).toBeGreaterThan(8));

  test.each(shown)("$command", async ({ command, output }) => {
    if (command.startsWith("sed ")) return edit(command);
    const { exitCode, out, log } = await folder.run(...command.replace(/^tgc /, "").split(/ +/));
    expect(exitCode, log).toBe(command.startsWith("tgc why-wrong") ? 1 : 0);
    expect(beginning(out)).toBe(beginning(output));
  });
});
