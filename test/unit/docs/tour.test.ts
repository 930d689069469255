// The tour of the code: every folder that has code is in one part, and every file that it names is there and says what it holds.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { headOf } from "../../../src/docs/tour-doc.ts";
import { tourParts } from "../../../src/docs/tour-sections.ts";

function foldersWithCode(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => foldersWithCode(join(folder, name)));
  return entries.some(({ name }) => name.endsWith(".ts")) ? [folder, ...below] : below;
}

test("every folder with code is in the tour, once", () => {
  const known = tourParts.flatMap(({ folders }) => Object.keys(folders));
  const there = ["ir-spec", "passes", "targets", "src"].flatMap(foldersWithCode);
  expect(known.toSorted()).toEqual(there.toSorted());
});

test("every file that is named says what it holds in a sentence", () => {
  const files = tourParts.flatMap(({ folders }) =>
    Object.entries(folders).flatMap(([folder, names]) => names.map((name) => `${folder}/${name}`)),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(new Set(files).size).toBe(files.length);
  for (const file of files) expect(headOf(readFileSync(file, "utf8"), file)).toMatch(/^\S.{20,}/);
});
