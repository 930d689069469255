// What a device is reported of a part of a job: buffers with their contents, steps as commands, results back on the host.
// Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import type { GpuBinding, GpuBuffer, GpuDispatch, GpuFailure, GpuStep } from "./gpu.ts";
import { makeErrorLog } from "./scopes.ts";

/** Makes buffers with their first contents. */
export function makeBuffers(device: GPUDevice, buffers: readonly GpuBuffer[]): ReadonlyMap<string, GPUBuffer> {
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

export type GroupCache = (
  pipeline: GPUComputePipeline,
  step: GpuDispatch,
) => readonly (readonly [number, GPUBindGroup])[];

/** Makes the bind groups of a step once per pipeline and set of bindings. */
export function makeGroupCache(device: GPUDevice, buffers: ReadonlyMap<string, GPUBuffer>): GroupCache {
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

export interface Encoding {
  readonly device: GPUDevice;
  readonly buffers: ReadonlyMap<string, GPUBuffer>;
  readonly pipelines: (step: GpuDispatch) => GPUComputePipeline;
  readonly groups: GroupCache;
}

/** Dispatches that follow each other share a compute pass; WebGPU orders their memory accesses all the same. */
export function encodeSteps(
  { device, buffers, groups, pipelines }: Encoding,
  steps: readonly GpuStep[],
): GPUCommandBuffer {
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
export async function findFailingStep(
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

/** Buffers to read back, with their lengths (B); undefined where the device gives nothing back. */
export async function readBack(
  device: GPUDevice,
  byteLengths: ReadonlyMap<string, number>,
  buffers: ReadonlyMap<string, GPUBuffer>,
): Promise<ReadonlyMap<string, ArrayBuffer> | undefined> {
  const encoder = device.createCommandEncoder({ label: "read back" });
  const staged = [...byteLengths.keys()].map((name) => {
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
