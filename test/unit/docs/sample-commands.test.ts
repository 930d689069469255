// What the comments of the samples say is true: their commands run, and the steps of the lesson on attention are each faster than the
// one before, with what they call in HBM or on chip.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rootFolder, runTgc } from "../../run-tgc.ts";

const folder = join(rootFolder, "samples");

/** The words after `tgc` of each indented line of a comment that begins with it. */
const commandsIn = (file: string): readonly string[] =>
  [...readFileSync(join(folder, file), "utf8").matchAll(/^\/\/ {4,}tgc ([^#\n]+?) *(?:#.*)?$/gm)].map(
    ([, words]) => words ?? "",
  );

const commands = readdirSync(folder)
  .filter((name) => name.endsWith(".tg"))
  .flatMap(commandsIn);

/** Dimensions for commands that take long: the usual run shows that the command is right, the long one also its size. */
const smaller: Readonly<Record<string, string>> = { "--dim T=32768": "--dim T=4096" };

function shrunk(command: string): string {
  if (process.env.TGC_LONG !== undefined) return command;
  return Object.entries(smaller).reduce((text, [long, short]) => text.replace(long, short), command);
}

describe("the commands in the samples run", () => {
  test("they are found", () => expect(commands.length).toBeGreaterThanOrEqual(9));

  test.each(commands)("tgc %s", async (command) => {
    const { exitCode, out, log } = await runTgc(shrunk(command).split(" "));
    expect(exitCode, log).toBe(0);
    expect(out).not.toBe("");
  });
});

interface Profile {
  readonly timeNs: number;
  readonly hbm: { readonly readBytes: number; readonly writeBytes: number };
}

async function profile(...options: readonly string[]): Promise<Profile> {
  const { out } = await runTgc(["profile", "samples/attention.tg", "--json", ...options]);
  return JSON.parse(out);
}

test("each step of the lesson on attention is faster than the one before", async () => {
  const steps = [["--fuse", "off"], ["--schedule", "plain"], ["--schedule", "rings"], []];
  const profiles = await Promise.all(steps.map((options) => profile(...options)));
  const times = profiles.map(({ timeNs }) => timeNs);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
});

test("without fusion, the scores of attention go through HBM", async () => {
  const scoresBytes = 12 * 256 * 256 * 4;
  const [apart, fused] = await Promise.all([profile("--fuse", "off"), profile()]);
  expect(apart.hbm.writeBytes - fused.hbm.writeBytes).toBeGreaterThan(2 * scoresBytes);
});

test("the lesson's kernel in blocks carries its statistics, and fits a page as the others do", async () => {
  const lowered = async (...options: readonly string[]): Promise<readonly string[]> => {
    const { out } = await runTgc(["lower", "samples/attention.tg", ...options]);
    return out.slice(out.indexOf("kernel mixed")).split("\n}\n")[0]?.split("\n") ?? [];
  };
  const [plain, pipelined, inBlocks] = await Promise.all([
    lowered("--schedule", "plain"),
    lowered(),
    lowered("--schedule", "in_blocks"),
  ]);
  const isStaged = (line: string): boolean => /stage 1/.test(line);
  expect([plain, pipelined].map((lines) => lines.some(isStaged))).toEqual([false, true]);
  expect(inBlocks.filter((line) => /for blk in/.test(line))).toHaveLength(1);
  for (const lines of [plain, pipelined, inBlocks]) expect(lines.length).toBeLessThan(100);
});
