// What README.md shows is true: its commands run, its program is the sample of that name, its links lead somewhere. What it
// shows of the library is run by unit/api.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { printGraph } from "../ir-spec/print-graph.ts";
import { parse } from "../src/index.ts";
import { rootFolder, runTgc } from "./run-tgc.ts";

const readme = readFileSync(join(rootFolder, "README.md"), "utf8");

/** The words after `npx tgc` of each indented line that has it. */
const commands = [...readme.matchAll(/^ {4}(?:.*&& )?npx tgc +([^#\n]+?) *(?:#.*)?$/gm)].map((match) => match[1] ?? "");

/** Commands that take long: in the usual run with these options and without WebGPU, as they are when TGC_LONG is set. */
const shrunk: Readonly<Record<string, readonly string[]>> = {
  "check samples/gpt2-block.tg": ["--dim", "T=4", "--dim", "D=16", "--dim", "H=2"],
  "check samples/mlp.tg": ["--dim", "T=1"],
  "run samples/mlp.tg --on neuron --seed 1": ["--dim", "T=1"],
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the commands of the README run", () => {
  test("they are found", () => {
    expect(commands.length).toBeGreaterThanOrEqual(10);
    expect(Object.keys(shrunk).filter((command) => !commands.map(oneBlank).includes(command))).toEqual([]);
  });

  test.each(commands.map(oneBlank))("tgc %s", async (command) => {
    const more = process.env.TGC_LONG === undefined ? (shrunk[command] ?? []) : [];
    if (more.length > 0) vi.stubEnv("TGC_WEBGPU", "off");
    const { exitCode, out, log } = await runTgc([...command.split(" "), ...more]);
    expect(exitCode, log).toBe(0);
    expect(out).not.toBe("");
  });
});

test("the program is the sample of its name", () => {
  const [program = ""] = /^ {4}\/\/ GPT-2 feed-forward block\.\n(?: {4}.*\n)+/m.exec(readme) ?? [];
  const sample = readFileSync(join(rootFolder, "samples/mlp.tg"), "utf8");
  const printed = [program, sample].map((text) => {
    const graph = parse(text);
    return graph.ok ? printGraph(graph.value) : "does not parse";
  });
  expect(printed[0]).toBe(printed[1]);
  expect(printed[0]).toContain("graph mlp(");
});

test.each(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "DIFF.md", "SWEEPS.md", "docs/tutorial.md"])(
  "the links of %s lead to files",
  (name) => {
    const text = readFileSync(join(rootFolder, name), "utf8");
    const targets = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? "");
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(rootFolder, dirname(name), target)))).toEqual([]);
  },
);

test("pictures are pictures, and small", () => {
  const paths = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path as string);
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) {
    const bytes = readFileSync(join(rootFolder, path));
    expect(bytes.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    expect(bytes.length).toBeLessThan(200_000);
  }
});

test("the profile on the first screen is that of the sample", async () => {
  const [, shown = ""] = /^ {4}npx tgc profile samples\/mlp\.tg\n\n([\s\S]*?)\n\n<!-- end/m.exec(readme) ?? [];
  const { out } = await runTgc(["profile", "samples/mlp.tg"]);
  const lines = shown.split("\n").map((line) => line.slice(4));
  expect(lines.pop()).toBe("...");
  expect(lines.length).toBeGreaterThan(15);
  expect(out.startsWith(`${lines.join("\n")}\n`)).toBe(true);
});

function oneBlank(command: string): string {
  return command.replace(/ +/g, " ");
}
