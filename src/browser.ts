// The library in a browser: the same, with the browser's own WebGPU.

import { makeBrowserGpuHost } from "../targets/gpu-host/browser.ts";
import type { GpuHost } from "../targets/gpu-host/gpu.ts";

export * from "./api/index.ts";

/** Gives a way to the browser's WebGPU, for `run` and `check`. */
export function openGpu(): GpuHost {
  return makeBrowserGpuHost();
}
