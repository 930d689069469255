// One word for one thing, and plain English: words and phrases that are never right in this repository, each with the one to use.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listTrackedFiles, rootDirectory, walkFiles } from "./source-files.ts";

const instead: Readonly<Record<string, string>> = {
  anew: "again",
  mend: "fix",
  quickest: "fastest",
  superfluous: "redundant",
  standstill: "deadlock",
  "stands still": "deadlocks",
  "torn apart": "not contiguous",
  "sees to it": "enforces",
  "goes on": "continues",
  "is told": "is reported",
  "are told": "are reported",
  "passed over": "skipped",
  "for good": "forever",
  "one behind the other": "one after the other",
  "whole number": "integer",
  "whole numbers": "integers",
};

const pattern = new RegExp(`\\b(${Object.keys(instead).join("|")})\\b`, "gi");
const thisFile = "test/architecture/words.test.ts";
const endings = [".ts", ".md", ".tg", ".tile", ".s", ".wat"];

/** Each word that is never right, with its file and line and the word to use. */
function wordsIn(path: string, text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) =>
    [...line.matchAll(pattern)].map(([found]) => {
      const better = instead[found.toLowerCase()] ?? "";
      return `${path}:${index + 1}: write "${better}", not "${found}"`;
    }),
  );
}

test("code and documents use one word for one thing", () => {
  const paths = (listTrackedFiles() ?? walkFiles(endings)).filter(
    (path) => endings.some((ending) => path.endsWith(ending)) && path !== thisFile,
  );
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.flatMap((path) => wordsIn(path, readFileSync(join(rootDirectory, path), "utf8")))).toEqual([]);
});

test("a word that is never right is found", () => {
  expect(wordsIn("a.md", "fine\nIt is Told anew.")).toEqual([
    'a.md:2: write "is reported", not "is Told"',
    'a.md:2: write "again", not "anew"',
  ]);
});
