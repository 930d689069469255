// Runs one whole job on a WebGPU device: a session of one part. Runs in a browser and in the child process of the Node host.

import type { DevicePool } from "./device-pool.ts";
import type { GpuJob, GpuResult } from "./gpu.ts";
import { openSession } from "./session.ts";

/** Runs a job on a device of a pool. */
export async function runJob(pool: DevicePool, job: GpuJob): Promise<GpuResult> {
  const session = await openSession(pool);
  if (!session.ok) return session;
  const done = await session.run(job);
  return done.ok ? session.finish(job.readBack) : done;
}
