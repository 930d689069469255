// An adapter that lets a shader see 1 KiB, which is less than any memory of the machine has.
import { guaranteedGpuLimits } from "../../../targets/gpu-host/gpu.ts";
import { makeStreamJob } from "../../../targets/neuron/gpu/run.ts";
import { productInputs, productStream, tiny } from "../../unit/neuron/simulate-fixtures.ts";
import type { Cause } from "../harness.ts";

const limits = { ...guaranteedGpuLimits, maxStorageBufferBindingSize: 1024 };

export const cause: Cause = () => {
  const made = makeStreamJob(productStream(), tiny, productInputs, limits);
  return "kind" in made ? made.diagnostics : [];
};
