// The WebGPU host of a browser: jobs run through `navigator.gpu`, on the page's own thread or in a worker.

/// <reference types="@webgpu/types" />

import { describeSource, type GpuSource } from "./adapter.ts";
import { makeDevicePool } from "./device-pool.ts";
import { type GpuFailure, type GpuHost, gpuFailure } from "./gpu.ts";
import { runJob } from "./run-job.ts";
import { openSession } from "./session.ts";

/** Makes a host over a browser's WebGPU; it answers `unavailable` where the browser has none. */
export function makeBrowserGpuHost(gpu: GPU | undefined = pageGpu()): GpuHost {
  const source: GpuSource | undefined = gpu && { gpu, forceFallback: false, origin: "the browser" };
  const pool = source && makeDevicePool(source);
  return {
    describe: async () => (source === undefined ? noWebGpu() : guarded(() => describeSource(source))),
    run: async (job) => (pool === undefined ? noWebGpu() : guarded(() => runJob(pool, job))),
    open: async () => (pool === undefined ? noWebGpu() : guarded(() => openSession(pool))),
    close: async () => pool?.close(),
  };
}

function pageGpu(): GPU | undefined {
  const page = globalThis as { readonly navigator?: { readonly gpu?: GPU } };
  return page.navigator?.gpu;
}

/** Turns what a WebGPU implementation throws into a failure. */
async function guarded<T>(action: () => Promise<T>): Promise<T | GpuFailure> {
  return action().catch((error: unknown) => gpuFailure("unavailable", String(error), "run it again"));
}

function noWebGpu(): GpuFailure {
  return gpuFailure("unavailable", "this browser has no WebGPU", "use a browser with WebGPU, on a secure page");
}
