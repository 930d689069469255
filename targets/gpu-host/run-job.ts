// Runs one job on a WebGPU device: makes its buffers, compiles its modules, runs its steps, reads back. Every error the
// device reports comes back as a value. Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import { describeAdapter, type GpuSource, noAdapter, openDevice, requestAdapter } from "./adapter.ts";
import { checkJob } from "./check-job.ts";
import { compileModules } from "./compile.ts";
import {
  type GpuAdapterInfo,
  type GpuBinding,
  type GpuBuffer,
  type GpuDispatch,
  type GpuFailure,
  type GpuJob,
  type GpuResult,
  type GpuStep,
  gpuFailure,
} from "./gpu.ts";
import { type ErrorLog, makeErrorLog, memoryRemedy } from "./scopes.ts";

/** Steps that go to the device together: few enough that no single submission keeps a display waiting for long. */
const stepsPerSubmission = 64;

/** Runs a job on a fresh device of a source's adapter. */
export async function runJob(source: GpuSource, job: GpuJob): Promise<GpuResult> {
  const adapter = await requestAdapter(source);
  if (adapter === null) return noAdapter();
  const info = describeAdapter(adapter, source.origin);
  const problems = checkJob(job, info.limits);
  if (problems.length > 0) return gpuFailure("job", problems.join("; "), "mend the job");
  const device = await openDevice(adapter);
  try {
    return await runJobOnDevice(device, info, job);
  } finally {
    device.destroy();
  }
}

/** Runs a job that `checkJob` found right on an open device, which stays open. */
export async function runJobOnDevice(device: GPUDevice, adapter: GpuAdapterInfo, job: GpuJob): Promise<GpuResult> {
  const isLost = device.lost.then(({ message }) => lost(message));
  const log = makeErrorLog(device);
  const result = runSteps({ device, adapter, job, log }).catch(thrown);
  return Promise.race([result, isLost]);
}

interface Run {
  readonly device: GPUDevice;
  readonly adapter: GpuAdapterInfo;
  readonly job: GpuJob;
  readonly log: ErrorLog;
}

async function runSteps({ device, adapter, job, log }: Run): Promise<GpuResult> {
  const startMs = performance.now();
  const compiled = await compileModules(device, job);
  if (!compiled.ok) return compiled;
  const compiledMs = performance.now();

  const buffers = log.watch("buffers", () => makeBuffers(device, job.buffers));
  const noMemory = await log.failure();
  if (noMemory !== undefined) return noMemory;

  const encoding = { device, buffers, pipelines: compiled.pipelines };
  const groups = makeGroupCache(device, buffers);
  for (let first = 0; first < job.steps.length; first += stepsPerSubmission) {
    const steps = job.steps.slice(first, first + stepsPerSubmission);
    log.watch(`steps from ${first} on`, () => device.queue.submit([encodeSteps({ ...encoding, groups }, steps)]));
  }
  const outputs = await log.watch("read back", () => readBack(device, job, buffers));
  const failure = await log.failure();
  if (failure?.kind === "job") return (await findFailingStep(encoding, job.steps)) ?? failure;
  if (failure !== undefined) return failure;
  if (outputs === undefined) return lost("its buffers cannot be read back");
  return { ok: true, adapter, outputs, compileMs: compiledMs - startMs, executeMs: performance.now() - compiledMs };
}

function makeBuffers(device: GPUDevice, buffers: readonly GpuBuffer[]): ReadonlyMap<string, GPUBuffer> {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const made = new Map<string, GPUBuffer>();
  for (const { name, byteLength, init, fillWord } of buffers) {
    const isFilled = init !== undefined || fillWord !== undefined;
    const buffer = device.createBuffer({
      label: name,
      size: paddedSize(byteLength),
      usage,
      mappedAtCreation: isFilled,
    });
    if (isFilled) {
      const mapped = buffer.getMappedRange();
      if (fillWord !== undefined) new Uint32Array(mapped).fill(fillWord >>> 0);
      if (init !== undefined) new Uint8Array(mapped).set(init);
      buffer.unmap();
    }
    made.set(name, buffer);
  }
  return made;
}

type GroupCache = (pipeline: GPUComputePipeline, step: GpuDispatch) => readonly (readonly [number, GPUBindGroup])[];

/** Makes the bind groups of a step once per pipeline and set of bindings. */
function makeGroupCache(device: GPUDevice, buffers: ReadonlyMap<string, GPUBuffer>): GroupCache {
  const cache = new Map<GPUComputePipeline, Map<string, readonly (readonly [number, GPUBindGroup])[]>>();
  return (pipeline, step) => {
    const known = cache.get(pipeline) ?? new Map<string, readonly (readonly [number, GPUBindGroup])[]>();
    cache.set(pipeline, known);
    const key = JSON.stringify(step.bindings);
    const found = known.get(key);
    if (found !== undefined) return found;
    const indexes = [...new Set(step.bindings.map((binding) => binding.group))];
    const made = indexes.map((group) => {
      const entries = step.bindings.filter((binding) => binding.group === group).map((b) => entryOf(b, buffers));
      const label = `${step.module}/${step.entryPoint} group ${group}`;
      return [group, device.createBindGroup({ label, layout: pipeline.getBindGroupLayout(group), entries })] as const;
    });
    known.set(key, made);
    return made;
  };
}

function entryOf(binding: GpuBinding, buffers: ReadonlyMap<string, GPUBuffer>): GPUBindGroupEntry {
  const { byteOffset, byteLength } = binding;
  const resource: GPUBufferBinding = { buffer: bufferOf(buffers, binding.buffer) };
  if (byteOffset !== undefined) resource.offset = byteOffset;
  if (byteLength !== undefined) resource.size = paddedSize(byteLength);
  return { binding: binding.binding, resource };
}

interface Encoding {
  readonly device: GPUDevice;
  readonly buffers: ReadonlyMap<string, GPUBuffer>;
  readonly pipelines: (step: GpuDispatch) => GPUComputePipeline;
  readonly groups: GroupCache;
}

/** Dispatches that follow each other share a compute pass; WebGPU orders their memory accesses all the same. */
function encodeSteps({ device, buffers, groups, pipelines }: Encoding, steps: readonly GpuStep[]): GPUCommandBuffer {
  const encoder = device.createCommandEncoder({ label: "job" });
  let pass: GPUComputePassEncoder | undefined;
  for (const step of steps) {
    if (step.kind === "copy") {
      pass?.end();
      pass = undefined;
      const src = bufferOf(buffers, step.src);
      const dst = bufferOf(buffers, step.dst);
      encoder.copyBufferToBuffer(src, step.srcByteOffset, dst, step.dstByteOffset, step.byteLength);
      continue;
    }
    pass ??= encoder.beginComputePass({ label: "job" });
    const pipeline = pipelines(step);
    pass.setPipeline(pipeline);
    for (const [group, bindGroup] of groups(pipeline, step)) pass.setBindGroup(group, bindGroup);
    pass.dispatchWorkgroups(...step.workgroups);
  }
  pass?.end();
  return encoder.finish();
}

/** Encodes the steps once more, each alone, since a device does not say which one of a submission it refuses. */
async function findFailingStep(
  encoding: Omit<Encoding, "groups">,
  steps: readonly GpuStep[],
): Promise<GpuFailure | undefined> {
  const { device, buffers } = encoding;
  for (const [index, step] of steps.entries()) {
    const log = makeErrorLog(device);
    const what = step.kind === "copy" ? `copy of ${step.src} to ${step.dst}` : `${step.module}/${step.entryPoint}`;
    log.watch(`step ${index} (${what})`, () => {
      encodeSteps({ ...encoding, groups: makeGroupCache(device, buffers) }, [step]);
    });
    const failure = await log.failure();
    if (failure !== undefined) return failure;
  }
  return undefined;
}

async function readBack(
  device: GPUDevice,
  job: GpuJob,
  buffers: ReadonlyMap<string, GPUBuffer>,
): Promise<ReadonlyMap<string, ArrayBuffer> | undefined> {
  const byteLengths = new Map(job.buffers.map((buffer) => [buffer.name, buffer.byteLength]));
  const encoder = device.createCommandEncoder({ label: "read back" });
  const staged = job.readBack.map((name) => {
    const src = bufferOf(buffers, name);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = device.createBuffer({ label: `${name} read back`, size: src.size, usage });
    encoder.copyBufferToBuffer(src, 0, staging, 0, src.size);
    return { name, staging };
  });
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  const outputs = new Map<string, ArrayBuffer>();
  for (const { name, staging } of staged) {
    const isMapped = await staging.mapAsync(GPUMapMode.READ).then(
      () => true,
      () => false,
    );
    if (!isMapped) return undefined;
    outputs.set(name, staging.getMappedRange().slice(0, byteLengths.get(name) ?? staging.size));
    staging.destroy();
  }
  return outputs;
}

function bufferOf(buffers: ReadonlyMap<string, GPUBuffer>, name: string): GPUBuffer {
  const buffer = buffers.get(name);
  if (buffer === undefined) throw new Error(`no buffer "${name}"`);
  return buffer;
}

function paddedSize(byteLength: number): number {
  return Math.max(4, Math.ceil(byteLength / 4) * 4);
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
