// The committed text speaks of this repository alone: nothing in it depends on where it was written.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listTrackedFiles, rootDirectory, walkFiles } from "./source-files.ts";

/** Put together from parts, so that this file does not contain them. */
const foreignPaths = [
  ["", "work", ""],
  ["", "farm", ""],
  ["..", "shared"],
].map((parts) => parts.join("/"));

const isBinary = (text: string): boolean => text.includes("\0");
const read = (path: string): string => readFileSync(join(rootDirectory, path), "utf8");

test("no file names a directory of the machine it was written on", () => {
  const endings = [".ts", ".md", ".json", ".tg", ".out", ".mjs", ".js"];
  const paths = (listTrackedFiles() ?? walkFiles(endings)).filter((path) => path !== ".ci/run");
  const leaks: string[] = [];
  for (const path of paths) {
    const text = read(path);
    const found = isBinary(text) ? undefined : foreignPaths.find((foreign) => text.includes(foreign));
    if (found !== undefined) leaks.push(`${path}: ${found}`);
  }
  expect(leaks).toEqual([]);
});

test("the lock file records no download addresses", () => {
  const lock = read("package-lock.json");
  expect(lock).not.toContain('"resolved": "http');
  expect(lock).not.toMatch(/https?:\/\/registry\./);
  expect(read(".npmrc")).not.toMatch(/registry\s*=/);
});
