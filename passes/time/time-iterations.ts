// How long a kernel of few statements takes, by going through all of its iterations. The estimate of large kernels (time-kernel.ts) takes
// means: it does not see that queues fill and drain, that borders have less work for one unit and as much for another, that a ring runs
// empty between two blocks, and that the array begins cold.

import type { TileStatement } from "../../ir-spec/tile.ts";
import { makeClockGate } from "./clock-gate.ts";
import { makeKernelModel, wholeView } from "./kernel-model.ts";
import type { KernelSource } from "./kernel-source.ts";
import { runModel } from "./run-model.ts";

/** Statements that are gone through at most. Assumed: what larger kernels have at their borders weighs little. */
const maxSteps = 2000;

/** The time of all iterations (ns); undefined where there are too many. */
export function timeIterations(source: KernelSource): number | undefined {
  if (countSteps(source.body, 1) > maxSteps) return undefined;
  const model = makeKernelModel(source, wholeView);
  const slots = model.rings.map(({ buffer, owner }) =>
    owner < 0 ? 1 : Math.min(source.bufferInfo(buffer).slots, model.iterations[owner] ?? 1),
  );
  return runModel(model, { slots, gate: makeClockGate() }).endNs;
}

/** Statements that a body that runs `times` times runs in all, borders counting as whole. */
function countSteps(body: readonly TileStatement[], times: number): number {
  let steps = 0;
  for (const statement of body) {
    if (statement.kind === "op") steps += times;
    if (statement.kind === "loop") steps += countSteps(statement.body, times * statement.trips.max);
  }
  return steps;
}
