// A job that comes in parts, on a device of the pool: its buffers stay until it is finished. Every
// error the device reports comes back as a value. Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import { checkPart, checkReadBack, type Known } from "./check-job.ts";
import { type Compiler, makeCompiler } from "./compile.ts";
import type { DevicePool, Lease } from "./device-pool.ts";
import { encodeSteps, findFailingStep, makeBuffers, makeGroupCache, readBack } from "./encode.ts";
import {
  type GpuAdapterInfo,
  type GpuBuffer,
  type GpuFailure,
  type GpuPart,
  type GpuPartResult,
  type GpuResult,
  type GpuSession,
  gpuFailure,
} from "./gpu.ts";
import { makeErrorLog, memoryRemedy } from "./scopes.ts";

/** Steps that go to the device together: few enough that no single submission keeps a display waiting for long. */
const stepsPerSubmission = 64;

/** What a session has; changed in place as parts come. */
interface State {
  readonly device: GPUDevice;
  readonly adapter: GpuAdapterInfo;
  readonly endLease: Lease["end"];
  readonly compiler: Compiler;
  readonly buffers: Map<string, GPUBuffer>;
  readonly known: Known & { readonly buffers: Map<string, GpuBuffer>; readonly modules: Set<string> };
  readonly times: { compileMs: number; executeMs: number };
  failure: GpuFailure | undefined;
}

/** Opens a session on a device of a pool. */
export async function openSession(pool: DevicePool): Promise<GpuSession | GpuFailure> {
  const lease = await pool.take();
  if (!lease.ok) return lease;
  const { device, adapter, library } = lease;
  const state: State = {
    device,
    adapter,
    endLease: lease.end,
    compiler: makeCompiler(library),
    buffers: new Map(),
    known: { buffers: new Map(), modules: new Set(), limits: adapter.limits },
    times: { compileMs: 0, executeMs: 0 },
    failure: undefined,
  };
  const isLost = device.lost.then(({ message }) => lost(message));
  const guarded = async <T>(action: () => Promise<T | GpuFailure>): Promise<T | GpuFailure> => {
    if (state.failure !== undefined) return state.failure;
    return Promise.race([action().catch(thrown), isLost]);
  };
  return {
    ok: true,
    async run(part) {
      const result = await guarded(() => runPart(state, part));
      if (!result.ok) end(state, result, true);
      return result;
    },
    async finish(names) {
      const result = await guarded(() => finish(state, names));
      end(state, result.ok ? gpuFailure("job", "the job is finished", "open another one") : result, !result.ok);
      return result;
    },
  };
}

function end(state: State, failure: GpuFailure, hasFailed: boolean): void {
  state.failure ??= failure;
  for (const buffer of state.buffers.values()) buffer.destroy();
  state.buffers.clear();
  state.endLease(hasFailed);
}

async function runPart(state: State, part: GpuPart): Promise<GpuPartResult> {
  const { device, known } = state;
  const problems = checkPart(part, known);
  if (problems.length > 0) return gpuFailure("job", problems.join("; "), "fix the job");
  for (const buffer of part.buffers) known.buffers.set(buffer.name, buffer);
  for (const { name } of part.modules) known.modules.add(name);
  const startMs = performance.now();
  const compiled = await state.compiler(part);
  if (!compiled.ok) return compiled;
  const compiledMs = performance.now();
  state.times.compileMs += compiledMs - startMs;

  const log = makeErrorLog(device);
  const made = log.watch("buffers", () => makeBuffers(device, part.buffers));
  const noMemory = await log.failure();
  if (noMemory !== undefined) return noMemory;
  for (const [name, buffer] of made) state.buffers.set(name, buffer);
  const failure = await submitSteps(state, part, compiled.pipelines);
  state.times.executeMs += performance.now() - compiledMs;
  return failure ?? { ok: true };
}

async function submitSteps(
  { device, buffers }: State,
  { writes = [], steps }: GpuPart,
  pipelines: Parameters<typeof findFailingStep>[0]["pipelines"],
): Promise<GpuFailure | undefined> {
  const log = makeErrorLog(device);
  const groups = makeGroupCache(device, buffers);
  for (const { buffer, bytes } of writes) {
    const target = buffers.get(buffer);
    if (target !== undefined) log.watch(`write to ${buffer}`, () => device.queue.writeBuffer(target, 0, bytes));
  }
  for (let first = 0; first < steps.length; first += stepsPerSubmission) {
    const some = steps.slice(first, first + stepsPerSubmission);
    log.watch(`steps from ${first} on`, () =>
      device.queue.submit([encodeSteps({ device, buffers, pipelines, groups }, some)]),
    );
  }
  await device.queue.onSubmittedWorkDone();
  const failure = await log.failure();
  if (failure?.kind !== "job") return failure;
  return (await findFailingStep({ device, buffers, pipelines }, steps)) ?? failure;
}

async function finish(state: State, names: readonly string[]): Promise<GpuResult> {
  const { device, adapter, buffers, known, times } = state;
  const problems = checkReadBack(names, known);
  if (problems.length > 0) return gpuFailure("job", problems.join("; "), "fix the job");
  const startMs = performance.now();
  const log = makeErrorLog(device);
  const byteLengths = new Map(names.map((name) => [name, known.buffers.get(name)?.byteLength ?? 0]));
  const outputs = await log.watch("read back", () => readBack(device, byteLengths, buffers));
  const failure = await log.failure();
  if (failure !== undefined) return failure;
  if (outputs === undefined) return lost("its buffers cannot be read back");
  const executeMs = times.executeMs + performance.now() - startMs;
  return { ok: true, adapter, outputs, compileMs: times.compileMs, executeMs };
}

/** What the device throws: a `RangeError` where a buffer cannot be mapped for lack of memory, else a lost device. */
function thrown(error: unknown): GpuFailure {
  if (error instanceof RangeError) return gpuFailure("memory", error.message, memoryRemedy);
  return lost(error instanceof Error ? error.message : String(error));
}

function lost(message: string): GpuFailure {
  const remedy = "run it again; if it fails again, set TGC_WEBGPU=software";
  return gpuFailure("unavailable", `the WebGPU device was lost: ${message || "no reason given"}`, remedy);
}
