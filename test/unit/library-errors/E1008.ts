// A program that calls the library: a stream that was not checked deadlocks on a GPU, too.
import { guaranteedGpuLimits } from "../../../targets/gpu-host/gpu.ts";
import { streamParts } from "../../../targets/neuron/gpu/run.ts";
import { tiny } from "../neuron/simulate-fixtures.ts";
import { acquire, release, streamBuilder } from "../neuron/stream-fixtures.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const b = streamBuilder();
  const there = b.sem("there", "act", "dve");
  const back = b.sem("back", "dve", "act");
  b.queue("act", [acquire(back), release(there)]);
  b.queue("dve", [acquire(there, 2), release(back)]);
  const { value: end } = streamParts(b.build(), tiny, new Map(), { limits: guaranteedGpuLimits }).next();
  return "kind" in end && end.kind === "refused" ? end.diagnostics : [];
};
