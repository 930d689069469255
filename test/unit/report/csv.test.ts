// Tables as comma-separated values: what a spreadsheet would take for a formula, and what needs quotes.
import { expect, test } from "vitest";
import { printCsv } from "../../../src/report/csv.ts";

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@a", "'@a"],
  ["\t=1", "'\t=1"],
  ["\r=1", `"'\r=1"`],
  ["\n=1", `"'\n=1"`],
  ["a=1", "a=1"],
  ['a "b", c', '"a ""b"", c"'],
  [-1, "-1"],
  [undefined, ""],
])("a cell %j is written %j", (cell, written) => {
  expect(printCsv(["a"], [[cell, 2]])).toBe(`a\n${written},2\n`);
});
