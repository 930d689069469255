// `--bless`: the new outputs of the tests that are named, as files to write.

import { dirname, join } from "node:path";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import type { OutFile } from "../outcome.ts";
import type { TestPlace } from "./find-tests.ts";
import type { TestResult } from "./run-test.ts";

/** What blessing a test mends; anything else that is wrong with it stays. */
const blessable: ReadonlySet<string> = new Set(["E1405", "E1406"]);

/** The tests of names: as `tgc test` prints them, or the ends of those. */
export function findNamed(tests: readonly TestPlace[], names: readonly string[]): Result<readonly TestPlace[]> {
  if (names.length === 0) return fail([at(problem("E1421", { found: "none" }), undefined)]);
  const wrong: Diagnostic[] = [];
  const found = names.flatMap((name) => {
    const clean = name.replace(/^\.\//, "");
    const exact = tests.filter((test) => test.name === clean);
    const ends = tests.filter((test) => test.name.endsWith(`/${clean}`));
    const named = exact.length > 0 ? exact : ends;
    const [only] = named;
    if (named.length === 1 && only !== undefined) return [only];
    const several = named.map((test) => test.name).join(", ");
    const what = named.length === 0 ? `\`${name}\`, which is no test` : `\`${name}\`, which may be ${several}`;
    const { notes } = suggest(
      clean,
      tests.flatMap((test) => [test.name, test.name.split("/").at(-1) ?? ""]),
    );
    wrong.push(at(problem("E1421", { found: what }), undefined, named.length === 0 ? notes : []));
    return [];
  });
  return wrong.length > 0 ? fail(wrong) : ok([...new Set(found)]);
}

/** The expected files that change; a test with another mistake is not blessed at all. */
export function blessedFiles({ name, outputs, diagnostics }: TestResult): readonly OutFile[] {
  if (diagnostics.some(({ code }) => !blessable.has(code))) return [];
  return outputs
    .filter(({ found, wanted }) => found !== wanted)
    .map(({ path, found }) => ({ path: join(dirname(name), path), content: found }));
}

/** What is left to report of a test once it is blessed. */
export function afterBless(result: TestResult): TestResult {
  const isBlessed = result.diagnostics.every(({ code }) => blessable.has(code));
  return isBlessed ? { ...result, diagnostics: [] } : result;
}
