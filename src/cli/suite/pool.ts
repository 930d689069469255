// Runs tests side by side, each in a thread of a pool. Results come in the order of the tests, whoever ends first.

import { availableParallelism } from "node:os";
import { errorToDiagnostic } from "../internal-error.ts";
import { findWorkerScript } from "../worker-script.ts";
import type { TestPlace } from "./find-tests.ts";
import { runTest, type TestResult, type TestTools } from "./run-test.ts";

export interface PoolOptions extends TestTools {
  /** Threads; as many as there are processors unless given. */
  readonly jobs: number | undefined;
  readonly onDone: (result: TestResult, done: number) => void;
}

/** Runs all tests. */
export async function runTests(tests: readonly TestPlace[], options: PoolOptions): Promise<readonly TestResult[]> {
  const threads = Math.min(options.jobs ?? availableParallelism(), tests.length);
  const script = findWorkerScript("suite-worker");
  // Among the sources there is no script, and one test is done before a thread has started.
  const isAlone = script === undefined || threads <= 1;
  let done = 0;
  const tell = (result: TestResult): TestResult => {
    options.onDone(result, ++done);
    return result;
  };
  if (!isAlone && options.depth === 0) return runInThreads(tests, { script, threads, tell, failOn: options.failOn });
  const results: TestResult[] = [];
  for (const test of tests) results.push(tell(await guarded(test, () => runTest(test, options))));
  return results;
}

interface Threads {
  readonly script: string;
  readonly threads: number;
  readonly tell: (result: TestResult) => TestResult;
  readonly failOn: string | undefined;
}

async function runInThreads(
  tests: readonly TestPlace[],
  { script, threads, tell, failOn }: Threads,
): Promise<readonly TestResult[]> {
  const { Tinypool } = await import("tinypool");
  const pool = new Tinypool({ filename: script, runtime: "worker_threads", minThreads: threads, maxThreads: threads });
  try {
    return await Promise.all(
      tests.map(async (place) =>
        tell(await guarded(place, () => pool.run({ place, failOn }, { name: "runTestInThread" }))),
      ),
    );
  } finally {
    await pool.destroy();
  }
}

/** What a test throws is a bug of tgc, and that test's alone. */
async function guarded(test: TestPlace, run: () => Promise<TestResult>): Promise<TestResult> {
  try {
    return await run();
  } catch (error) {
    const diagnostics = [errorToDiagnostic(error, `tgc test ${test.name}`)];
    return { name: test.name, description: undefined, diagnostics, outputs: [], expected: [], elapsedMs: 0 };
  }
}
