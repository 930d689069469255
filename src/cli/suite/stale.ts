// Expected files that no RUN line makes.

import { dirname, join } from "node:path";
import { at, type Diagnostic, problem } from "../../../ir-spec/base/result.ts";
import type { FoundTests } from "./find-tests.ts";
import type { TestResult } from "./run-test.ts";

/** Those of tests that ran and do not want them, and where all tests ran those of no test. */
export function findStale({ tests, expected }: FoundTests, results: readonly TestResult[]): readonly Diagnostic[] {
  const ranAll = results.length === tests.length;
  const byName = new Map(results.map((result) => [result.name, result]));
  return expected.flatMap(({ name }) => {
    const owners = tests.filter((test) => name.startsWith(`${test.name}.`));
    const ran = owners.flatMap((owner) => byName.get(owner.name) ?? []);
    const isWanted = ran.some((result) => wantsFile(result, name));
    const isKnown = owners.length === 0 ? ranAll : ran.length === owners.length;
    return isWanted || !isKnown ? [] : [at(problem("E1407", { file: name }), undefined)];
  });
}

/** While a RUN line cannot be read it is not known which files it wants. */
function wantsFile({ name, expected, diagnostics }: TestResult, file: string): boolean {
  const isUnread = diagnostics.some(({ code }) => code === "E1402" || code.startsWith("E90"));
  return isUnread || expected.some((path) => join(dirname(name), path).replaceAll("\\", "/") === file);
}
