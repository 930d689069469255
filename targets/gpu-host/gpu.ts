// The small WebGPU interface that every user of a GPU here shares: a job as plain data, its result, and the host that
// runs it. A job can be sent to another process or to a worker as it is; it holds names, numbers, texts and bytes only.
// Runs in a browser: this file imports nothing.

/** One WGSL module; its name is what error messages show. */
export interface GpuModule {
  readonly name: string;
  readonly wgsl: string;
}

/**
 * One buffer. It may be bound as storage or as uniform, copied from and to, and read back. It starts with `init`, then
 * with `fillWord` repeated (a 32-bit pattern; zero without it) up to its end.
 */
export interface GpuBuffer {
  readonly name: string;
  readonly byteLength: number;
  readonly init?: Uint8Array;
  readonly fillWord?: number;
}

/** Ties `@group(group) @binding(binding)` to a buffer, or to a part of it; offsets are multiples of 256 (B). */
export interface GpuBinding {
  readonly group: number;
  readonly binding: number;
  readonly buffer: string;
  readonly byteOffset?: number;
  readonly byteLength?: number;
}

/** Runs one entry point. Its bindings are exactly those the entry point uses: WebGPU refuses a binding it never reads. */
export interface GpuDispatch {
  readonly kind: "dispatch";
  readonly module: string;
  readonly entryPoint: string;
  readonly bindings: readonly GpuBinding[];
  readonly workgroups: readonly [number, number, number];
  /** Values of the module's `override` declarations, by name. */
  readonly constants?: Readonly<Record<string, number>>;
}

/** Copies bytes from one buffer to another one; offsets and length are multiples of 4 (B). */
export interface GpuCopy {
  readonly kind: "copy";
  readonly src: string;
  readonly srcByteOffset: number;
  readonly dst: string;
  readonly dstByteOffset: number;
  readonly byteLength: number;
}

export type GpuStep = GpuDispatch | GpuCopy;

/** Bytes that replace the start of a buffer before the steps run; their number is a multiple of 4. */
export interface GpuWrite {
  readonly buffer: string;
  readonly bytes: Uint8Array;
}

/**
 * A part of a launch plan: the modules and buffers that are new, and steps, which may use those of earlier parts too.
 * Steps run in order, and each sees all writes of those before it.
 */
export interface GpuPart {
  readonly modules: readonly GpuModule[];
  readonly buffers: readonly GpuBuffer[];
  readonly writes?: readonly GpuWrite[];
  readonly steps: readonly GpuStep[];
}

/** A whole launch plan. */
export interface GpuJob extends GpuPart {
  readonly readBack: readonly string[];
}

/** The limits a shader generator or a launch plan has to keep, by their WebGPU names. */
export const gpuLimitNames = [
  "maxBindGroups",
  "maxBindingsPerBindGroup",
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxUniformBufferBindingSize",
  "maxUniformBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
  "minStorageBufferOffsetAlignment",
  "minUniformBufferOffsetAlignment",
] as const;

export type GpuLimitName = (typeof gpuLimitNames)[number];

/** An adapter's limits, and the size of its subgroups where it has them and they all have one size. */
export interface GpuLimits extends Readonly<Record<GpuLimitName, number>> {
  readonly subgroupSize?: number;
}

/** What every adapter offers. Source: WebGPU specification, section 3.6.2 Limits, column "Default". */
export const guaranteedGpuLimits: GpuLimits = {
  maxBindGroups: 4,
  maxBindingsPerBindGroup: 1000,
  maxBufferSize: 268435456,
  maxStorageBufferBindingSize: 134217728,
  maxStorageBuffersPerShaderStage: 8,
  maxUniformBufferBindingSize: 65536,
  maxUniformBuffersPerShaderStage: 12,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65535,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
};

/** Features that a job's device has where the adapter has them. */
export const gpuFeatureNames = ["shader-f16", "subgroups"] as const;

export type GpuFeatureName = (typeof gpuFeatureNames)[number];

/** The adapter a job runs on. `origin` says where its driver came from, for people. */
export interface GpuAdapterInfo {
  readonly vendor: string;
  readonly name: string;
  readonly kind: "hardware" | "software";
  readonly origin: string;
  readonly limits: GpuLimits;
  readonly features: readonly GpuFeatureName[];
}

/** A place in a module's WGSL; line and column count from 1. */
export interface GpuPlace {
  readonly module: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Why there is no result: no adapter or a host that died (`unavailable`), WGSL that does not compile (`shader`), a job
 * that breaks WebGPU's rules (`job`), not enough memory (`memory`), or no answer in time (`timeout`).
 */
export interface GpuFailure {
  readonly ok: false;
  readonly kind: "unavailable" | "shader" | "job" | "memory" | "timeout";
  readonly reason: string;
  readonly remedy: string;
  /** Compile errors with their places; empty for the other kinds. */
  readonly places: readonly GpuPlace[];
}

export interface GpuFound {
  readonly ok: true;
  readonly adapter: GpuAdapterInfo;
}

/** What a job left in the buffers it reads back, by name, and how long it took. */
export interface GpuSuccess {
  readonly ok: true;
  readonly adapter: GpuAdapterInfo;
  readonly outputs: ReadonlyMap<string, ArrayBuffer>;
  readonly compileMs: number;
  readonly executeMs: number;
}

/** That a part has run to its end. */
export interface GpuPartDone {
  readonly ok: true;
}

export type GpuAvailability = GpuFound | GpuFailure;
export type GpuResult = GpuSuccess | GpuFailure;
export type GpuPartResult = GpuPartDone | GpuFailure;

/** A job that comes in parts: its buffers stay between them. After a failure it is over, and every answer is that failure. */
export interface GpuSession {
  readonly ok: true;
  run(part: GpuPart): Promise<GpuPartResult>;
  /** Reads buffers back and ends the job. */
  finish(readBack: readonly string[]): Promise<GpuResult>;
}

/** Something that runs jobs. It starts when first asked, and lives until it is closed. Nothing here ever throws. */
export interface GpuHost {
  describe(): Promise<GpuAvailability>;
  run(job: GpuJob): Promise<GpuResult>;
  /** Begins a job that comes in parts. */
  open(): Promise<GpuSession | GpuFailure>;
  close(): Promise<void>;
}

/** Makes a failure. */
export function gpuFailure(
  kind: GpuFailure["kind"],
  reason: string,
  remedy: string,
  places: readonly GpuPlace[] = [],
): GpuFailure {
  return { ok: false, kind, reason, remedy, places };
}
