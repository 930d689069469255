// Gathers the errors that a WebGPU device reports through error scopes, and turns them into one failure.
// Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import { type GpuFailure, gpuFailure } from "./gpu.ts";

/** `watch` does something with the device in error scopes; `failure` waits for what they caught so far. */
export interface ErrorLog {
  watch<T>(what: string, action: () => T): T;
  failure(): Promise<GpuFailure | undefined>;
}

interface Caught {
  readonly what: string;
  readonly error: GPUError;
}

export const memoryRemedy = "use smaller tensors, or an adapter with more memory";

const scopeKinds = ["internal", "out-of-memory", "validation"] as const;

/** Makes an empty error log for a device. */
export function makeErrorLog(device: GPUDevice): ErrorLog {
  const pending: Promise<Caught | undefined>[] = [];
  return {
    watch(what, action) {
      for (const kind of scopeKinds) device.pushErrorScope(kind);
      try {
        return action();
      } finally {
        for (const _ of scopeKinds) pending.push(popScope(device, what));
      }
    },
    async failure() {
      const errors = await Promise.all(pending);
      return failureOf(errors.filter((caught) => caught !== undefined));
    },
  };
}

/** A WebGPU error message on one line, without the trace through the implementation's own sources. */
export function oneLine(message: string): string {
  const lines = message.split("\n").map((line) => line.replace(/^[\s-]+/, "").trim());
  const isTrace = (line: string) => line === "" || /^at .*:\d+\)$/.test(line);
  const told = lines.filter((line) => !isTrace(line)).map((line) => line.replace(/\.$/, ""));
  return told.join("; ").replaceAll('""', '"');
}

async function popScope(device: GPUDevice, what: string): Promise<Caught | undefined> {
  const error = await device.popErrorScope().catch(() => null);
  return error === null ? undefined : { what, error };
}

function failureOf(errors: readonly Caught[]): GpuFailure | undefined {
  if (errors.length === 0) return undefined;
  const reason = errors.map(({ what, error }) => `${what}: ${oneLine(error.message)}`).join("; ");
  const isMemory = errors.some(({ error }) => error instanceof GPUOutOfMemoryError);
  if (isMemory) return gpuFailure("memory", reason, memoryRemedy);
  return gpuFailure("job", reason, "fix the job or its shader: its bindings, sizes and limits");
}
