// `--changed`: the tests that read a file which differs from a commit, as git knows it.

import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { parseRunLine, replacePlaces } from "../../suite/run-line.ts";
import { readTestFile } from "../../suite/test-file.ts";
import { readSource } from "../files.ts";
import { expectedEnding, type FoundTests, type TestPlace } from "./find-tests.ts";

/** The tests whose files changed since a commit. */
export function findChanged(
  cwd: string,
  { tests, expected }: FoundTests,
  reference: string,
): Result<readonly TestPlace[]> {
  const changed = changedFiles(cwd, reference);
  if (!changed.ok) return changed;
  return ok(
    tests.filter((test) => {
      const beside = expected.filter(({ path }) => path.startsWith(`${test.path}.`)).map(({ path }) => path);
      return [test.path, ...beside, ...filesOf(test)].some((path) => changed.value.has(realPath(path)));
    }),
  );
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** Files that differ from the commit, those that git does not know included. */
function changedFiles(cwd: string, reference: string): Result<ReadonlySet<string>> {
  const names: string[] = [];
  const root = git(cwd, ["rev-parse", "--show-toplevel"]);
  if (!root.ok) return cannotSay(reference, root.error);
  const top = root.value.trim();
  for (const argv of [
    ["diff", "--name-only", "--no-renames", "-z", reference, "--"],
    ["ls-files", "--others", "--exclude-standard", "-z"],
  ]) {
    const listed = git(top, argv);
    if (!listed.ok) return cannotSay(reference, listed.error);
    names.push(...listed.value.split("\0").filter((name) => name !== ""));
  }
  return ok(new Set(names.map((name) => resolve(top, name))));
}

function cannotSay(reference: string, why: string) {
  return fail([at(problem("E1422", { reference, why }), undefined)]);
}

/** A list of names is no longer (B). */
const maxBuffer = 2 ** 28;

function git(cwd: string, argv: readonly string[]): Result<string, string> {
  const env = { ...process.env, LC_ALL: "C" };
  const { status, stdout, stderr, error } = spawnSync("git", [...argv], { cwd, encoding: "utf8", maxBuffer, env });
  if (error !== undefined) return fail("there is no git");
  return status === 0 ? ok(stdout) : fail(stderr.split("\n")[0]?.replace(/^fatal: /, "") ?? "it failed");
}

/** Every file that the lines of a test name. */
function filesOf({ path }: TestPlace): readonly string[] {
  const folder = dirname(path);
  const source = readSource(folder, basename(path));
  if (!source.ok) return [];
  const { test } = readTestFile(source.value);
  const places = { s: basename(path), S: ".", t: "" };
  const words = test.runs.flatMap((written) => {
    const run = parseRunLine(written, places);
    return run.ok && run.value.program.kind === "tgc" ? run.value.program.argv : [];
  });
  const expected = test.expectations.flatMap(({ values }) => {
    const file = values.kind === "file" ? replacePlaces(values.file, places) : undefined;
    return file?.ok ? [file.value] : [];
  });
  // `x=x.npy`, `--weights=w.npz`, `file.tg#name`
  const parts = [...words, ...expected].flatMap((word) => [
    word,
    word.slice(word.indexOf("=") + 1),
    word.split("#")[0] ?? "",
  ]);
  return parts.filter((part) => part !== "" && !part.endsWith(expectedEnding)).map((part) => resolve(folder, part));
}
