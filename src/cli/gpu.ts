// The WebGPU host of the command line: a child process that starts when first asked and ends with the command.

import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import { makeNodeGpuHost } from "../../targets/gpu-host/node.ts";

/** Runs an action with a host, and closes the host whatever happens. */
export async function withGpuHost<T>(action: (host: GpuHost) => Promise<T>): Promise<T> {
  const host = makeNodeGpuHost();
  try {
    return await action(host);
  } finally {
    await host.close();
  }
}
