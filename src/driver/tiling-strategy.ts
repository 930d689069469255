// How tiles are chosen where no schedule says it: by a strategy of the lowering, or by a search that simulates what it tries.

import type { Strategy as LoweringStrategy } from "../../passes/lower/kinds/define.ts";

export const tilingStrategies = ["heuristic", "naive", "search"] as const satisfies readonly (
  | LoweringStrategy
  | "search"
)[];

export type Strategy = (typeof tilingStrategies)[number];
