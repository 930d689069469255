// A thread of `tgc test`, which runs one test after the other.

import { runCli } from "./run.ts";
import type { TestPlace } from "./suite/find-tests.ts";
import { runTest, type TestResult } from "./suite/run-test.ts";

export interface TestTask {
  readonly place: TestPlace;
  readonly failOn: string | undefined;
}

/** Called by the pool. */
export function runTestInThread({ place, failOn }: TestTask): Promise<TestResult> {
  return runTest(place, { tgc: runCli, depth: 0, failOn });
}
