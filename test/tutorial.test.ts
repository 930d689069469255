// What docs/tutorial.md shows is true: its commands run in their order in a folder with its programs, and what is shown of their output is there, in
// this order; numbers and times move with the machine's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { rootFolder } from "./run-tgc.ts";
import { makeFolder } from "./unit/cli/run-in-folder.ts";

const text = readFileSync(join(rootFolder, "docs/tutorial.md"), "utf8");
const folder = makeFolder();
afterAll(() => folder.remove());
afterEach(() => {
  vi.unstubAllEnvs();
});

for (const [, name = "", program = ""] of text.matchAll(/^```tg (\S+)\n([\s\S]*?)^```$/gm)) folder.write(name, program);

/** Commands, each with the lines that follow it. */
const shown = [...text.matchAll(/^ {4}\$ (.*)\n((?: {4}(?!\$ ).*\n)*)/gm)].map(([, command = "", output = ""]) => ({
  command,
  output: output.replaceAll(/^ {4}/gm, ""),
}));

/** A line without its numbers, units, marks and the width of its columns. */
const masked = (line: string): string =>
  line
    .replaceAll(/\d[\d.]*( (?:[num]s|[KMG]i?B?|s))?[+-]?(?=[\s,;:)%]|$)/g, "#")
    .replaceAll(/\s+/g, " ")
    .trim();

function expectShown(out: string, output: string): void {
  const printed = out.split("\n").map(masked);
  let from = 0;
  for (const line of output.split("\n").map(masked)) {
    if (line === "" || line === "...") continue;
    const found = printed.findIndex((own, index) => index >= from && own.startsWith(line));
    expect(found, `${line}\nis not in\n${printed.slice(from).join("\n")}`).toBeGreaterThanOrEqual(0);
    from = found + 1;
  }
}

describe("the commands of docs/tutorial.md", () => {
  test("they are found", () => expect(shown.length).toBeGreaterThan(8));

  test.each(shown)("$command", async ({ command, output }) => {
    const [, pattern = "", replacement = "", source = "", target = ""] =
      /^sed 's\/(.*)\/(.*)\/' (\S+) > (\S+)$/.exec(command) ?? [];
    if (target !== "") {
      const old = folder.read(source);
      folder.write(target, old.replace(pattern, replacement));
      return expect(folder.read(target)).not.toBe(old);
    }
    // What it shows is the same without WebGPU, which takes long to start.
    if (process.env.TGC_LONG === undefined) vi.stubEnv("TGC_WEBGPU", "off");
    const { exitCode, out, log } = await folder.run(...command.replace(/^tgc /, "").split(/ +/));
    expect(exitCode, log).toBe(output.startsWith("error[") ? 1 : 0);
    expectShown(exitCode === 0 ? out : log, output);
  });
});
