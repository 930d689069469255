// Runs jobs of `tgc compare` on all cores, in threads of a pool; the results are in the order of the jobs.

import { availableParallelism } from "node:os";
import type { CompareJob, CompareRun } from "../compare/run.ts";
import { runJob } from "../compare/run.ts";
import { findWorkerScript } from "./worker-script.ts";

/** Called after each run. */
type Tell = (done: number, run: CompareRun) => void;

export async function runJobs(jobs: readonly CompareJob[], tell: Tell): Promise<readonly CompareRun[]> {
  const script = findWorkerScript("compare-worker");
  const threads = Math.min(jobs.length, availableParallelism());
  return script === undefined || threads < 2 ? runHere(jobs, tell) : runInPool(script, threads, jobs, tell);
}

function runHere(jobs: readonly CompareJob[], tell: Tell): readonly CompareRun[] {
  return jobs.map((job, index) => {
    const run = runJob(job);
    tell(index + 1, run);
    return run;
  });
}

async function runInPool(
  script: string,
  threads: number,
  jobs: readonly CompareJob[],
  tell: Tell,
): Promise<readonly CompareRun[]> {
  const { Tinypool } = await import("tinypool");
  const pool = new Tinypool({ filename: script, runtime: "worker_threads", minThreads: threads, maxThreads: threads });
  let done = 0;
  try {
    return await Promise.all(
      jobs.map(async (job) => {
        const run = (await pool.run(job, { name: "runJob" })) as CompareRun;
        done++;
        tell(done, run);
        return run;
      }),
    );
  } finally {
    await pool.destroy();
  }
}
