// Error codes E12nn: WGSL and WebGPU limits.

import { defineErrors } from "./define.ts";

export const wgslErrors = defineErrors({
  E1201: {
    title: "tensor too large for a GPU buffer",
    message: "{value} takes {bytes} B, but the adapter binds at most {limit} B",
    help: "use smaller dimensions, or an adapter with a larger limit; `tgc doctor` shows the limits",
    detail:
      "A kernel sees a tensor through one storage buffer, and WebGPU limits its size (`maxStorageBufferBindingSize`, `maxBufferSize`): 128 MiB are guaranteed. Floats of every width take 4 bytes each.",
  },
  E1202: {
    title: "too many storage buffers",
    message: "kernel {kernel} binds {found} storage buffers, but the adapter allows {limit}",
    help: "use an adapter with a larger limit; `tgc doctor` shows the limits",
    detail:
      "WebGPU guarantees 8 storage buffers per shader stage (`maxStorageBuffersPerShaderStage`); the kernels need at most 4.",
  },
  E1203: {
    title: "workgroup too large",
    message: "kernel {kernel} has {found} invocations per workgroup, but the adapter allows {limit}",
    help: "use an adapter with a larger limit; `tgc doctor` shows the limits",
    detail:
      "WebGPU guarantees 256 invocations per workgroup (`maxComputeInvocationsPerWorkgroup`); the kernels have 64.",
  },
  E1204: {
    title: "dispatch too large",
    message: "kernel {kernel} needs {found} workgroups along one dimension, but the adapter allows {limit}",
    help: "split the tensor, for instance along its leading dimension",
    detail:
      "WebGPU guarantees 65535 workgroups along each of the three dimensions of a dispatch (`maxComputeWorkgroupsPerDimension`). Elementwise kernels are spread over two dimensions; a matmul counts its batch along the third.",
  },
});
