// Programs of all stages, told apart by the parts that only one of them has.

import { noSpans } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import type { WgslPlan } from "../../targets/webgpu/plan.ts";
import type { DriverProgram } from "../driver/programs.ts";

/** A program that runs on a machine, at any stage on the way there. */
export type Program = Graph | TileProgram | Stream;

export function isGraph(program: Program | WgslPlan): program is Graph {
  return "nodes" in program;
}

export function isStream(program: Program | WgslPlan): program is Stream {
  return "queues" in program;
}

export function isPlan(program: Program | WgslPlan): program is WgslPlan {
  return "modules" in program;
}

export function isTiles(program: Program | WgslPlan): program is TileProgram {
  return !isGraph(program) && !isStream(program) && !isPlan(program);
}

/** As the driver takes it. */
export function toDriverProgram(program: TileProgram | Stream): DriverProgram {
  return isStream(program) ? { stage: "stream", program, spanOf: noSpans } : { stage: "tiles", program };
}
