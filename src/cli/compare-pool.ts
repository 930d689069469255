// Runs jobs of `tgc compare` and `tgc sweep` on all cores, in threads of a pool; what is found does not depend on their number.

import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import type { CompareJob, CompareRun } from "../compare/run.ts";
import { runJob } from "../compare/run.ts";
import { findWorkerScript } from "./worker-script.ts";

/** Called after each run. */
type Tell = (done: number, run: CompareRun) => void;

export type RunJob = (job: CompareJob) => Promise<CompareRun>;

/** The results in the order of the jobs. */
export async function runJobs(jobs: readonly CompareJob[], tell: Tell): Promise<readonly CompareRun[]> {
  const threads = Math.min(jobs.length, availableParallelism());
  let done = 0;
  return withRunPool(threads, (run) =>
    Promise.all(
      jobs.map(async (job) => {
        const found = await run(job);
        done++;
        tell(done, found);
        return found;
      }),
    ),
  );
}

/** Calls an action with what runs a job in one of so many threads, and ends them whatever happens. */
export async function withRunPool<T>(threads: number, action: (run: RunJob) => Promise<T>): Promise<T> {
  const script = findWorkerScript("compare-worker");
  if (script === undefined || threads < 2) return action(runHere);
  const { Tinypool } = await import("tinypool");
  const pool = new Tinypool({ filename: script, runtime: "worker_threads", minThreads: threads, maxThreads: threads });
  try {
    return await action((job) => pool.run(job, { name: "runJob" }));
  } finally {
    await pool.destroy();
  }
}

/** A signal is noticed between two runs. */
async function runHere(job: CompareJob): Promise<CompareRun> {
  await setImmediate();
  return runJob(job);
}
