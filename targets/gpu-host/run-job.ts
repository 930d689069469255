// Runs one whole job on a WebGPU device: a session of one part. Runs in a browser and in the child process of the Node host.

import type { GpuSource } from "./adapter.ts";
import type { GpuJob, GpuResult } from "./gpu.ts";
import { openSession } from "./session.ts";

/** Runs a job on a fresh device of a source's adapter. */
export async function runJob(source: GpuSource, job: GpuJob): Promise<GpuResult> {
  const session = await openSession(source);
  if (!session.ok) return session;
  const done = await session.run(job);
  return done.ok ? session.finish(job.readBack) : done;
}
