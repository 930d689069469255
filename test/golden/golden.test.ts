// Runs the golden tests of this folder as `tgc test` does, each as a test of its own. `npm run bless -- NAME` takes over new outputs.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import { findTests } from "../../src/cli/suite/find-tests.ts";
import { runTest, type TestResult } from "../../src/cli/suite/run-test.ts";
import { findStale } from "../../src/cli/suite/stale.ts";
import { printSuite } from "../../src/report/print-suite.ts";
import { readTestFile } from "../../src/suite/test-file.ts";
import { rootFolder } from "../run-tgc.ts";

/** An expected output longer than this is not read by anyone who reviews it. */
const maxOutputLines = 200;

const found = findTests(rootFolder, ["test/golden"]);
if (!found.ok) throw new Error("no golden tests");
const tools = { tgc: runCli, depth: 0, failOn: undefined };
const results: TestResult[] = [];

const cases = found.value.tests.map((place) => {
  const source = { name: basename(place.path), text: readFileSync(place.path, "utf8") };
  return { place, description: readTestFile(source).test.description };
});

test.each(cases)("$place.name: $description", async ({ place, description }) => {
  const result = await runTest(place, tools);
  results.push(result);
  const isRight = result.diagnostics.length === 0;
  expect(isRight ? "" : printSuite({ tests: [result], diagnostics: [] }, { color: false, isVerbose: false })).toBe("");
  expect(description, "a comment after the RUN lines says what the test shows").toBeDefined();
  for (const { found: output } of result.outputs)
    expect(output.split("\n").length).toBeLessThanOrEqual(maxOutputLines + 1);
});

test("every expected file belongs to a test", () => {
  // Those of tests that `-t` left out are not looked at.
  expect(findStale(found.value, results).map(({ args }) => args.file)).toEqual([]);
});
