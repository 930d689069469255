// Asks a WebGPU entry point for its adapter and describes it as data, and opens a device with all the adapter has.
// Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import {
  type GpuAdapterInfo,
  type GpuAvailability,
  type GpuFailure,
  type GpuLimitName,
  type GpuLimits,
  gpuFailure,
  gpuFeatureNames,
  gpuLimitNames,
} from "./gpu.ts";

/** Where adapters come from: `navigator.gpu` or Dawn's. `origin` is kept for people. */
export interface GpuSource {
  readonly gpu: GPU;
  readonly forceFallback: boolean;
  readonly origin: string;
}

/** Finds an adapter; null when there is none. */
export function requestAdapter(source: GpuSource): Promise<GPUAdapter | null> {
  return source.gpu.requestAdapter({ powerPreference: "high-performance", forceFallbackAdapter: source.forceFallback });
}

/** Says which adapter a source has. */
export async function describeSource(source: GpuSource): Promise<GpuAvailability> {
  const adapter = await requestAdapter(source);
  if (adapter === null) return noAdapter();
  return { ok: true, adapter: describeAdapter(adapter, source.origin) };
}

/** The failure of a source without an adapter. */
export function noAdapter(): GpuFailure {
  return gpuFailure("unavailable", "WebGPU found no adapter", "install a graphics driver that WebGPU can use");
}

/** Describes an adapter as data. */
export function describeAdapter(adapter: GPUAdapter, origin: string): GpuAdapterInfo {
  const { vendor, architecture, description, device, isFallbackAdapter } = adapter.info;
  const name = description || device || architecture || "unnamed adapter";
  const isSoftware = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${architecture} ${name}`);
  return {
    vendor: vendor || "unknown",
    name,
    kind: isSoftware ? "software" : "hardware",
    origin,
    limits: { ...limitsOf(adapter), ...subgroupSizeOf(adapter) },
    features: gpuFeatureNames.filter((feature) => adapter.features.has(feature)),
  };
}

/** Opens a device with the adapter's own limits, not only those that every device has. */
export function openDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    requiredLimits: limitsOf(adapter),
    requiredFeatures: gpuFeatureNames.filter((feature) => adapter.features.has(feature)),
  });
}

function subgroupSizeOf({ info, features }: GPUAdapter): Pick<GpuLimits, "subgroupSize"> {
  const { subgroupMinSize, subgroupMaxSize } = info;
  const isOneSize = subgroupMinSize !== undefined && subgroupMinSize === subgroupMaxSize;
  return features.has("subgroups") && isOneSize ? { subgroupSize: subgroupMinSize } : {};
}

function limitsOf(adapter: GPUAdapter): Record<GpuLimitName, number> {
  const entries = gpuLimitNames.map((name) => [name, adapter.limits[name]] as const);
  return Object.fromEntries(entries) as Record<GpuLimitName, number>;
}
