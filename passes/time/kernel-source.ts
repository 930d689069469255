// What models of time need to know of a kernel.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { StepCost } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { TileBuffer, TileStatement } from "../../ir-spec/tile.ts";

export interface TimeEnv {
  readonly machine: Machine;
  readonly stepCost: StepCost;
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
}

export interface KernelSource extends TimeEnv {
  readonly body: readonly TileStatement[];
}
