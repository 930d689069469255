// Checks of a job that need no device: names that exist once, sizes and offsets that WebGPU allows, and launch sizes
// within the adapter's limits. They give clearer messages than a device does.

import type { GpuBuffer, GpuCopy, GpuDispatch, GpuJob, GpuLimits, GpuPart, GpuWrite } from "./gpu.ts";

/** What earlier parts of a job have made, and the adapter's limits. */
export interface Known {
  readonly buffers: ReadonlyMap<string, GpuBuffer>;
  readonly modules: ReadonlySet<string>;
  readonly limits: GpuLimits;
}

/** Finds what is wrong with a job; empty when nothing is. */
export function checkJob(job: GpuJob, limits: GpuLimits): readonly string[] {
  const buffers = new Map(job.buffers.map((buffer) => [buffer.name, buffer]));
  const modules = new Set(job.modules.map((module) => module.name));
  return [
    ...checkPart(job, { buffers: new Map(), modules: new Set(), limits }),
    ...checkReadBack(job.readBack, { buffers, modules, limits }),
  ];
}

/** Finds what is wrong with a part of a job. */
export function checkPart(part: GpuPart, known: Known): readonly string[] {
  const { limits } = known;
  const buffers = new Map([...known.buffers, ...part.buffers.map((buffer) => [buffer.name, buffer] as const)]);
  const modules = new Set([...known.modules, ...part.modules.map(({ name }) => name)]);
  const moduleNames = [...known.modules, ...part.modules.map(({ name }) => name)];
  const bufferNames = [...known.buffers.keys(), ...part.buffers.map(({ name }) => name)];
  return [
    ...repeated(moduleNames).map((name) => `module "${name}" is declared twice`),
    ...repeated(bufferNames).map((name) => `buffer "${name}" is declared twice`),
    ...part.buffers.flatMap((buffer) => checkBuffer(buffer, limits)),
    ...(part.writes ?? []).flatMap((write) => checkWrite(write, buffers)),
    ...part.steps.flatMap((step, index) => {
      const problems =
        step.kind === "copy" ? checkCopy(step, buffers) : checkDispatch(step, { buffers, modules, limits });
      return problems.map((problem) => `step ${index}: ${problem}`);
    }),
  ];
}

/** Finds what is wrong with the names of buffers to read back. */
export function checkReadBack(names: readonly string[], { buffers }: Known): readonly string[] {
  return [
    ...repeated(names).map((name) => `buffer "${name}" is read back twice`),
    ...names.filter((name) => !buffers.has(name)).map((name) => `no buffer "${name}" to read back`),
  ];
}

function checkWrite({ buffer, bytes }: GpuWrite, buffers: ReadonlyMap<string, GpuBuffer>): readonly string[] {
  const target = buffers.get(buffer);
  if (target === undefined) return [`no buffer "${buffer}" to write to`];
  if (bytes.byteLength > target.byteLength) {
    return [`writes ${bytes.byteLength} B to buffer "${buffer}", which has ${target.byteLength} B`];
  }
  return bytes.byteLength % 4 === 0
    ? []
    : [`writes ${bytes.byteLength} B to buffer "${buffer}"; a multiple of 4 is wanted`];
}

function checkBuffer(buffer: GpuBuffer, limits: GpuLimits): readonly string[] {
  const problems: string[] = [];
  const { name, byteLength, init } = buffer;
  if (!Number.isInteger(byteLength) || byteLength < 0) {
    problems.push(`buffer "${name}" has the length ${byteLength} B; an integer is wanted`);
  }
  if (byteLength > limits.maxBufferSize) {
    problems.push(`buffer "${name}" has ${byteLength} B; the adapter allows ${limits.maxBufferSize} B`);
  }
  if (init !== undefined && init.byteLength > byteLength) {
    problems.push(`buffer "${name}" has ${byteLength} B, but starts with ${init.byteLength} B`);
  }
  return problems;
}

function checkCopy(step: GpuCopy, buffers: ReadonlyMap<string, GpuBuffer>): readonly string[] {
  const ends = [
    { name: step.src, byteOffset: step.srcByteOffset },
    { name: step.dst, byteOffset: step.dstByteOffset },
  ];
  const problems = ends.flatMap(({ name, byteOffset }) => {
    const buffer = buffers.get(name);
    if (buffer === undefined) return [`no buffer "${name}"`];
    const last = byteOffset + step.byteLength;
    const wordEnd = Math.ceil(buffer.byteLength / 4) * 4;
    return last > wordEnd ? [`copies up to byte ${last} of buffer "${name}", which has ${buffer.byteLength} B`] : [];
  });
  if (step.src === step.dst) problems.push(`copies buffer "${step.src}" to itself; two buffers are wanted`);
  const isAligned = [step.srcByteOffset, step.dstByteOffset, step.byteLength].every((n) => n >= 0 && n % 4 === 0);
  if (!isAligned) problems.push("copies with an offset or length that is no multiple of 4 B");
  return problems;
}

function checkDispatch(step: GpuDispatch, { buffers, modules, limits }: Known): readonly string[] {
  const problems: string[] = [];
  const max = limits.maxComputeWorkgroupsPerDimension;
  if (!modules.has(step.module)) problems.push(`no module "${step.module}"`);
  if (!step.workgroups.every((count) => Number.isInteger(count) && count >= 0 && count <= max)) {
    problems.push(`launches ${step.workgroups.join(" x ")} workgroups; each may be 0 to ${max}`);
  }
  for (const binding of step.bindings) {
    const buffer = buffers.get(binding.buffer);
    if (buffer === undefined) {
      problems.push(`no buffer "${binding.buffer}"`);
      continue;
    }
    const byteOffset = binding.byteOffset ?? 0;
    const byteLength = binding.byteLength ?? buffer.byteLength - byteOffset;
    if (byteOffset % limits.minStorageBufferOffsetAlignment !== 0) {
      const wanted = limits.minStorageBufferOffsetAlignment;
      problems.push(`binds buffer "${buffer.name}" from byte ${byteOffset}; a multiple of ${wanted} is wanted`);
    }
    if (byteLength > limits.maxStorageBufferBindingSize) {
      const allowed = limits.maxStorageBufferBindingSize;
      problems.push(`binds ${byteLength} B of buffer "${buffer.name}"; the adapter allows ${allowed} B`);
    }
  }
  return problems;
}

function repeated(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.has(name) || !seen.add(name));
}
