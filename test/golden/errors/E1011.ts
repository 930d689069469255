// A program that calls the library: a loop of 2^19 + 1 turns, which no plan holds.
import { constant } from "../../../ir-spec/affine.ts";
import { guaranteedGpuLimits } from "../../../targets/gpu-host/gpu.ts";
import { makeStreamJob } from "../../../targets/neuron/gpu/run.ts";
import { tiny } from "../../unit/neuron/simulate-fixtures.ts";
import { inst, loop, sbuf, streamBuilder, value } from "../../unit/neuron/stream-fixtures.ts";
import type { Cause } from "../harness.ts";

export const cause: Cause = () => {
  const b = streamBuilder();
  const turn = b.loop("turn");
  const none = { max: 1, limit: constant(0) };
  const dst = sbuf("f32", { at: 0, p: none, f: 1 });
  b.queue("dve", [loop(turn, 2 ** 19 + 1, [inst("memset", { dst, value: value(0) })])]);
  const made = makeStreamJob(b.build(), tiny, new Map(), guaranteedGpuLimits);
  return "kind" in made ? made.diagnostics : [];
};
