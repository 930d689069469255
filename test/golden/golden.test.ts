// Runs every golden case of this folder through the command, in this process. How cases look: harness.ts.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import { findStrayOutputs, readCases, runCase } from "./harness.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const bless = process.env.BLESS === "1";
const cases = readCases(folder);

for (const golden of cases) {
  test(`${golden.name}: ${golden.sentence}`, async () => {
    const { found, wanted } = await runCase(golden, runCli, bless);
    expect(found).toBe(wanted);
  });
}

test("every expected output belongs to one case", () => {
  expect(findStrayOutputs(folder, cases)).toEqual([]);
});
