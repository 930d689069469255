// An adapter that lets a shader see 1 KiB, which is less than any memory of the machine has.
import { guaranteedGpuLimits } from "../../../targets/gpu-host/gpu.ts";
import { streamParts } from "../../../targets/neuron/gpu/run.ts";
import { productInputs, productStream, tiny } from "../neuron/simulate-fixtures.ts";
import type { Cause } from "./cause.ts";

const limits = { ...guaranteedGpuLimits, maxStorageBufferBindingSize: 1024 };

export const cause: Cause = () => {
  const { value: end } = streamParts(productStream(), tiny, productInputs, { limits }).next();
  return "kind" in end && end.kind === "refused" ? end.diagnostics : [];
};
