// The device that sessions share, one after another or side by side, with all that was compiled on it: most kernels of a program
// in one dtype are those of the same program in another. After a failure, or with many modules, the next session has a new
// one; a device goes with its last session. Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import { describeAdapter, type GpuSource, noAdapter, openDevice, requestAdapter } from "./adapter.ts";
import { type Library, makeLibrary } from "./compile.ts";
import type { GpuAdapterInfo, GpuFailure } from "./gpu.ts";

/** Assumed: modules whose compiled code takes less memory than the buffers of a small job. */
const maxModules = 256;

/** A device in use. */
export interface Lease {
  readonly ok: true;
  readonly device: GPUDevice;
  readonly adapter: GpuAdapterInfo;
  readonly library: Library;
  /** Ends the use; the device serves no later session where this one has failed. */
  readonly end: (hasFailed: boolean) => void;
}

export interface DevicePool {
  readonly take: () => Promise<Lease | GpuFailure>;
  /** No later session has today's device. */
  readonly close: () => void;
}

/** Changed in place. */
interface Pooled {
  readonly device: GPUDevice;
  readonly adapter: GpuAdapterInfo;
  readonly library: Library;
  users: number;
  isRetired: boolean;
}

export function makeDevicePool(source: GpuSource): DevicePool {
  let current: Promise<Pooled | GpuFailure> | undefined;
  return {
    async take() {
      for (;;) {
        current ??= openPooled(source);
        const asked = current;
        const found = await asked.catch((error: unknown) => {
          current = undefined;
          throw error;
        });
        const isFit = !("ok" in found) && !found.isRetired && found.library.shaders.size < maxModules;
        if (isFit) return leaseOf(found);
        if (current === asked) current = undefined;
        if ("ok" in found) return found;
        retire(found);
      }
    },
    close() {
      current?.then((found) => "ok" in found || retire(found)).catch(() => undefined);
      current = undefined;
    },
  };
}

async function openPooled(source: GpuSource): Promise<Pooled | GpuFailure> {
  const gpuAdapter = await requestAdapter(source);
  if (gpuAdapter === null) return noAdapter();
  const adapter = describeAdapter(gpuAdapter, source.origin);
  const device = await openDevice(gpuAdapter);
  const pooled: Pooled = { device, adapter, library: makeLibrary(device), users: 0, isRetired: false };
  device.lost.then(() => retire(pooled));
  return pooled;
}

function leaseOf(pooled: Pooled): Lease {
  const { device, adapter, library } = pooled;
  pooled.users++;
  let isOver = false;
  const end = (hasFailed: boolean): void => {
    if (isOver) return;
    isOver = true;
    pooled.users--;
    if (hasFailed || pooled.isRetired) retire(pooled);
  };
  return { ok: true, device, adapter, library, end };
}

function retire(pooled: Pooled): void {
  pooled.isRetired = true;
  if (pooled.users === 0) pooled.device.destroy();
}
