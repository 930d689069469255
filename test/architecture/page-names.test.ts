// ARCHITECTURE.md names the parts and files that there are: every folder of a layer's first level that holds code, and no file that is gone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rootDirectory, walkFiles } from "./source-files.ts";

const page = readFileSync(join(rootDirectory, "ARCHITECTURE.md"), "utf8");
const paths = walkFiles([".ts", ".json", ".wat", ".md"]);

/** Paths of files that stand between backquotes, such as `rows/spread.ts`. */
const namedFiles = (text: string): readonly string[] =>
  [...text.matchAll(/`([\w./-]+\.(?:ts|json|wat|md))`/g)].map(([, path]) => path as string);

const missing = (text: string): readonly string[] =>
  namedFiles(text).filter((name) => !paths.some((path) => path === name || path.endsWith(`/${name}`)));

const unnamed = (text: string): readonly string[] => {
  const folders = paths.flatMap((path) => {
    const [layer, folder, ...rest] = path.split("/");
    return rest.length > 0 && ["src", "passes", "targets"].includes(layer as string) ? [folder as string] : [];
  });
  return [...new Set(folders)].filter((folder) => !text.includes(`${folder}/`));
};

test("no file that is gone", () => {
  expect(missing(page)).toEqual([]);
  expect(missing("`split.ts` and `gone-away.ts`")).toEqual(["gone-away.ts"]);
});

test("every part", () => {
  expect(unnamed(page)).toEqual([]);
  expect(unnamed(page.replaceAll("find/", ""))).toEqual(["find"]);
});
