// Runs jobs of `tgc compare` on all cores, in threads of a pool; the results are in the order of the jobs.

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { CompareJob, CompareRun } from "../compare/run.ts";
import { runJob } from "../compare/run.ts";

/** Called after each run. */
type Tell = (done: number, run: CompareRun) => void;

export async function runJobs(jobs: readonly CompareJob[], tell: Tell): Promise<readonly CompareRun[]> {
  const script = findWorker();
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

/** The bundle's script, which lies beside the command or one folder up; among the sources there is none. */
function findWorker(): string | undefined {
  const places = ["./compare-worker.js", "../compare-worker.js"];
  return places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
}
