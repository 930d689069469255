// An adapter that binds two buffers, where a sum needs three.
import { guaranteedGpuLimits } from "../../../targets/gpu-host/gpu.ts";
import { compileWgsl } from "../../../targets/webgpu/compile.ts";
import { oneOp } from "../webgpu/support.ts";
import type { Cause } from "./cause.ts";

const limits = { ...guaranteedGpuLimits, maxStorageBuffersPerShaderStage: 2 };
const row = { dtype: "f32", shape: [2] } as const;

export const cause: Cause = () => {
  const compiled = compileWgsl(oneOp("add", [row, row]), limits);
  return compiled.ok ? [] : compiled.error;
};
