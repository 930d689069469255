// An adapter whose workgroups are half as large as the kernels want them.
import { guaranteedGpuLimits } from "../../../targets/gpu-host/gpu.ts";
import { compileWgsl } from "../../../targets/webgpu/compile.ts";
import { oneOp } from "../webgpu/support.ts";
import type { Cause } from "./cause.ts";

const limits = { ...guaranteedGpuLimits, maxComputeInvocationsPerWorkgroup: 32 };

export const cause: Cause = () => {
  const compiled = compileWgsl(oneOp("neg", [{ dtype: "f32", shape: [2] }]), limits);
  return compiled.ok ? [] : compiled.error;
};
