// Runs every golden case of this folder through the command, in this process. How cases look: harness.ts.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findStrayOutputs, type RunCli, readCases, runCase } from "./harness.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const commandPath = join(folder, "../../src/cli/run.ts");
const bless = process.env.BLESS === "1";
const cases = readCases(folder);

const loadCommand = async (): Promise<RunCli> => (await import(/* @vite-ignore */ commandPath)).runCli;

test("there is a command to run", (context) => {
  if (!existsSync(commandPath)) context.skip("no golden case is run, because there is no src/cli/run.ts yet");
});

for (const golden of cases) {
  test.skipIf(!existsSync(commandPath))(`${golden.name}: ${golden.sentence}`, async () => {
    const { found, wanted } = await runCase(golden, await loadCommand(), bless);
    expect(found).toBe(wanted);
  });
}

test("every expected output belongs to one case", () => {
  expect(findStrayOutputs(folder, cases)).toEqual([]);
});
