// Runs cases on all cores, in threads of a pool; those of the GPU one after the other in this thread, which only waits. Results come in the
// order of the jobs.

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { executors } from "../../driver/executors.ts";
import type { CaseResult } from "../../import/conformance/case.ts";
import { withGpuHost } from "../gpu.ts";
import { type CaseJob, runCaseFiles } from "./case-files.ts";

/** Called after each case. */
type Tell = (done: number) => void;

export async function runCases(jobs: readonly CaseJob[], tell: Tell): Promise<readonly CaseResult[]> {
  let done = 0;
  const results = new Map<CaseJob, CaseResult>();
  const note = (job: CaseJob, result: CaseResult): void => {
    results.set(job, result);
    tell(++done);
  };
  const remote = jobs.filter(({ on }) => executors[on].isRemote);
  const local = jobs.filter(({ on }) => !executors[on].isRemote);
  await Promise.all([runRemote(remote, note), runLocal(local, note)]);
  return jobs.map((job) => results.get(job)!);
}

type Note = (job: CaseJob, result: CaseResult) => void;

async function runRemote(jobs: readonly CaseJob[], note: Note): Promise<void> {
  if (jobs.length === 0) return;
  await withGpuHost(async (gpu) => {
    for (const job of jobs) note(job, await runCaseFiles(job, gpu));
  });
}

async function runLocal(jobs: readonly CaseJob[], note: Note): Promise<void> {
  const script = findWorker();
  const threads = Math.min(jobs.length, availableParallelism());
  if (script === undefined || threads < 2) {
    for (const job of jobs) note(job, await runCaseFiles(job, undefined));
    return;
  }
  const { Tinypool } = await import("tinypool");
  const pool = new Tinypool({ filename: script, runtime: "worker_threads", minThreads: threads, maxThreads: threads });
  try {
    await Promise.all(
      jobs.map(async (job) => note(job, (await pool.run(job, { name: "runCaseInThread" })) as CaseResult)),
    );
  } finally {
    await pool.destroy();
  }
}

/** The bundle's script, which lies beside the command or one folder up; among the sources there is none. */
function findWorker(): string | undefined {
  const places = ["./conformance-worker.js", "../conformance-worker.js"];
  return places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
}
