// What a trial of a kernel takes: its room on chip, an estimate of its time, and its time by going through all iterations.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { TileBuffer } from "../../ir-spec/tile.ts";
import type { TrialKernel } from "../lower/open-kernel.ts";
import type { CostEnv } from "../pass.ts";
import { applyPipeline, planPipeline } from "../tile/pipeline.ts";
import { timeIterations } from "../time/time-iterations.ts";
import { timeKernel } from "../time/time-kernel.ts";
import type { Measured } from "./choose.ts";
import { measureRoom } from "./measure.ts";

type TrialEnv = Pick<CostEnv, "machine" | "stepCost">;

export function measureTrial(trial: TrialKernel, env: TrialEnv, maxStages: number): Measured {
  const { body, bufferInfo } = trial;
  return {
    room: measureRoom(body, bufferInfo, env.machine),
    time: () => timeKernel({ ...env, ...trial }),
    iteratedNs: (stages) => {
      const timed = stages === "plain" ? trial : staged(trial, env, maxStages);
      return timeIterations({ ...env, ...timed });
    },
  };
}

/** With stages in its loops. */
function staged(trial: TrialKernel, { machine, stepCost }: TrialEnv, maxStages: number): TrialKernel {
  const { body, bufferInfo } = trial;
  const plan = maxStages === 1 ? undefined : planPipeline(body, { machine, stepCost, bufferInfo, maxStages });
  if (plan === undefined) return trial;
  const slots = new Map<BufferId, number>();
  const withStages = applyPipeline(body, plan, (buffer, count) => slots.set(buffer, count));
  const sized = (buffer: BufferId): TileBuffer => {
    const info = bufferInfo(buffer);
    return { ...info, slots: slots.get(buffer) ?? info.slots };
  };
  return { body: withStages, bufferInfo: sized };
}
