// How long a kernel takes whose loops have stages, by the model that chose them (loop-time.ts): the estimate of other kernels
// (time-kernel.ts) supposes that one iteration's statements take turns.

import { stageOf, type TileLoop, type TileStatement } from "../../ir-spec/tile.ts";
import type { KernelSource } from "./kernel-source.ts";
import { makeLoopModel } from "./loop-model.ts";
import { loopNs } from "./loop-time.ts";

/** The time of the longest of its loops that have stages; undefined where none has. */
export function stagedNs(source: KernelSource): number | undefined {
  const times = pathsToStages(source.body, []).flatMap((path) => pathNs(source, path) ?? []);
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

function pathNs(source: KernelSource, path: readonly TileLoop[]): number | undefined {
  const model = makeLoopModel(source, path);
  if (model === undefined) return undefined;
  const stages = model.target.body.map(({ stage }) => stage);
  const slots = model.rings.map(({ buffer }) => source.bufferInfo(buffer).slots);
  return loopNs(model, { stages, order: [...stages.keys()], slots });
}
