// How long a kernel takes whose loops have stages, by the model that chose them (run-model.ts): the estimate of other kernels
// (passes/schedule/time-kernel.ts) supposes that one iteration's statements take turns.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { StepCost } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { stageOf, type TileBuffer, type TileLoop, type TileStatement } from "../../ir-spec/tile.ts";
import { makeLoopModel } from "./loop-model.ts";
import { modelNs } from "./run-model.ts";

export interface StagedTimeEnv {
  readonly machine: Machine;
  readonly stepCost: StepCost;
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
}

/** The time of the longest of its loops that have stages; undefined where none has. */
export function stagedNs(body: readonly TileStatement[], env: StagedTimeEnv): number | undefined {
  const times = pathsToStages(body, []).flatMap((path) => loopNs(body, path, env) ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** The loops around each loop that has stages, and it. */
function pathsToStages(body: readonly TileStatement[], around: readonly TileLoop[]): readonly (readonly TileLoop[])[] {
  return body.flatMap((statement) => {
    if (statement.kind !== "loop") return [];
    const path = [...around, statement];
    const inner = pathsToStages(statement.body, path);
    return statement.body.some((step) => stageOf(step) !== 0) ? [path, ...inner] : inner;
  });
}

function loopNs(
  body: readonly TileStatement[],
  path: readonly TileLoop[],
  { machine, stepCost, bufferInfo }: StagedTimeEnv,
): number | undefined {
  const model = makeLoopModel({ body, bufferInfo, stepCost }, path);
  if (model === undefined) return undefined;
  const stages = model.target.body.map(({ stage }) => stage);
  const slots = model.buffers.map(({ id }) => bufferInfo(id).slots);
  const latency = { hopNs: machine.semaphoreHopNs, ownResultNs: machine.ownResultNs };
  return modelNs(model, { stages, order: [...stages.keys()], slots }, latency);
}
