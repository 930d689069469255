// What was found for kernels that are equal but for names and places, kept by whoever compiles a program: kernels that are priced for
// a fusion are not planned again when they are lowered.

import type { GivenFields } from "../lower/kinds/define.ts";
import type { PipelinePlan } from "../tile/pipeline.ts";

/** Changed in place. */
export interface ScheduleMemo {
  /** Schedules, by what they were chosen for. */
  readonly schedules: Map<string, GivenFields>;
  /** Stages, by kernels as they were lowered. */
  readonly stages: Map<string, PipelinePlan | "plain">;
}

export function makeScheduleMemo(): ScheduleMemo {
  return { schedules: new Map(), stages: new Map() };
}
