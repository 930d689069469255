// Which files are tests: those that are named, and in folders all with the ending of a program.

import { readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { listFolder } from "../list-folder.ts";
import { shownName, whyOf } from "../system-words.ts";

export interface TestPlace {
  /** From the folder of the call where it is below that, with forward slashes. */
  readonly name: string;
  readonly path: string;
}

export interface FoundTests {
  readonly tests: readonly TestPlace[];
  /** Every expected file beside them. */
  readonly expected: readonly TestPlace[];
}

const testForm = /\.(tg|tile|s|asm|wgsl|test)$/;
export const expectedEnding = ".expected";

/** Folders whose files are read by tests. */
const skipped: readonly string[] = ["inputs", "Inputs"];

/** Finds the tests of files and folders, sorted by name. */
export function findTests(cwd: string, paths: readonly string[]): Result<FoundTests> {
  const files: string[] = [];
  const named: string[] = [];
  const wrong: Diagnostic[] = [];
  for (const path of paths) {
    const found = listPath(resolve(cwd, path));
    if (typeof found === "string") wrong.push(at(problem("E1301", { file: shownName(path), why: found }), undefined));
    else for (const file of found.files) (found.isFolder ? files : named).push(file);
  }
  if (wrong.length > 0) return fail(wrong);
  const placeOf = (path: string): TestPlace => ({ name: nameOf(cwd, path), path });
  const byName = (list: readonly string[]) =>
    [...new Set(list)].map(placeOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const tests = byName([...named, ...files.filter((file) => testForm.test(file))]);
  const beside = named.flatMap((path) => siblings(path).filter((file) => file.startsWith(`${path}.`)));
  const expected = byName([...files, ...beside].filter((file) => file.endsWith(expectedEnding)));
  if (tests.length > 0) return ok({ tests, expected });
  return fail([at(problem("E1423", { where: paths.map(shownName).join(", ") }), undefined)]);
}

/** What is not below the folder of the call is named in full. */
function nameOf(cwd: string, path: string): string {
  const name = relative(cwd, path);
  return (name.startsWith("..") ? path : name).replaceAll("\\", "/");
}

function siblings(path: string): readonly string[] {
  const folder = resolve(path, "..");
  return readdirSync(folder).map((name) => join(folder, name));
}

type Listed = { readonly isFolder: boolean; readonly files: readonly string[] } | string;

function listPath(path: string): Listed {
  try {
    const isFolder = statSync(path).isDirectory();
    return { isFolder, files: isFolder ? listFolder(path, skipped) : [path] };
  } catch (error) {
    return whyOf(error);
  }
}
